# LowfirstBuild.cmake — flags, libraries, embedded files: the few functions the CMakeLists speak in.

# Compile flags of everything in this tree; never exported.
function(lf_make_flags)
  add_library(lf_flags INTERFACE)
  target_compile_features(lf_flags INTERFACE c_std_17)
  # -ffp-contract=off: a*b+c is fused only where the code says fma, so that the bits do not depend on the compiler's mood
  target_compile_options(lf_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -fno-math-errno -fno-trapping-math -ffp-contract=off)
  target_compile_definitions(lf_flags INTERFACE _GNU_SOURCE)
  if(LF_SANITIZE)
    target_compile_options(lf_flags INTERFACE -fsanitize=${LF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(lf_flags INTERFACE -fsanitize=${LF_SANITIZE})
  endif()
  if(LF_COVERAGE)
    target_compile_options(lf_flags INTERFACE --coverage -fprofile-abs-path)
    target_link_options(lf_flags INTERFACE --coverage)
  endif()
  if(LF_FUZZ)
    target_compile_options(lf_flags INTERFACE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# Kernel units are named for their instruction set: give them its flags on x86-64, drop them elsewhere. They are always optimised, and a*b+c
# may become one fma there: that is what they are for.
function(lf_instruction_sets list)
  set(sources ${${list}})
  foreach(source ${sources})
    if(source MATCHES "_ref\\.c$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-O3")
    endif()
  endforeach()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    foreach(source ${sources})
      if(source MATCHES "_avx512\\.c$")
        set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
          "-O3;-ffp-contract=fast;-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mavx2;-mfma;-mprefer-vector-width=512")
      elseif(source MATCHES "_avx2\\.c$")
        set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
          "-O3;-ffp-contract=fast;-mavx2;-mfma")
      endif()
    endforeach()
    # these say fma where they mean it: a value's bits must not depend on what else is computed beside it
    list(FILTER sources INCLUDE REGEX "/(vmath|activation|phase|dual)_avx(2|512)\\.c$")
    set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS "-ffp-contract=off")
    # two vectors walk side by side there (activation.tmpl.h): 32 registers are enough to lay their operations between each other's
    list(FILTER sources INCLUDE REGEX "/activation_avx512\\.c$")
    set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS "$<$<C_COMPILER_ID:GNU>:-fschedule-insns>")
    set(sources ${${list}})
    set(LF_ISA_DEFINITION LF_HAVE_X86 PARENT_SCOPE)
  else()
    list(FILTER sources EXCLUDE REGEX "_avx(2|512)\\.c$")
  endif()
  set(${list} ${sources} PARENT_SCOPE)
endfunction()

# lowfirst, and lf_testing for the tests: the same objects but for the door of allocation, which the tests can make fail.
# Uses LF_SOURCES, LF_ASSETS.
function(lf_libraries)
  set(door ${PROJECT_SOURCE_DIR}/src/base/base.c)
  list(REMOVE_ITEM LF_SOURCES ${door})
  add_library(lf_objects OBJECT ${LF_SOURCES} ${LF_ASSETS})
  target_compile_definitions(lf_objects PRIVATE ${LF_ISA_DEFINITION} LF_VERSION="${PROJECT_VERSION}")
  if("nlopt" IN_LIST LF_PACKAGES)
    target_compile_definitions(lf_objects PRIVATE LF_HAVE_NLOPT)
  endif()
  if(LF_PETSC)
    string(REGEX MATCH "^[0-9]+\\.[0-9]+" version "${PETSC_VERSION}")
    set(headers ${PETSC_INCLUDE_DIRS} ${MPI_INCLUDE_DIRS}) # as system headers: their findings are not ours
    list(TRANSFORM headers PREPEND "-isystem")
    set_source_files_properties(src/flow/pde_petsc.c PROPERTIES COMPILE_OPTIONS "${headers}"
      COMPILE_DEFINITIONS "LF_HAVE_PETSC;LF_PETSC_FILE=\"lib${PETSC_LIBRARIES}.so.${version}\"")
  endif()
  lf_inside(lf_objects)

  add_library(lowfirst ${door} $<TARGET_OBJECTS:lf_objects>)
  add_library(lowfirst::lowfirst ALIAS lowfirst)
  lf_inside(lowfirst)
  if(BUILD_SHARED_LIBS)
    lf_exports(lowfirst)
  endif()
  if(BUILD_TESTING)
    add_library(lf_testing STATIC ${door} $<TARGET_OBJECTS:lf_objects>)
    target_compile_definitions(lf_testing PUBLIC LF_TESTING)
    lf_inside(lf_testing)
  endif()
endfunction()

function(lf_inside target)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:lf_flags> PkgConfig::LF_DEPS Threads::Threads ${CMAKE_DL_LIBS} m)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# A shared library shows what the public headers declare and nothing else. Before 1.0 every minor version may break it.
function(lf_exports target)
  set(names)
  foreach(header ${LF_PUBLIC_HEADERS})
    file(READ ${header} text)
    string(REGEX MATCHALL "lf_[a-z0-9_]+\\(" found "${text}")
    list(APPEND names ${found})
  endforeach()
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${LF_PUBLIC_HEADERS})
  list(REMOVE_DUPLICATES names)
  list(TRANSFORM names REPLACE "\\(" "")
  list(JOIN names ";\n  " names)
  set(version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(map ${PROJECT_BINARY_DIR}/lowfirst.map)
  file(CONFIGURE OUTPUT ${map} CONTENT "LOWFIRST_${version} {\nglobal:\n  ${names};\nlocal:\n  *;\n};\n")
  target_link_options(${target} PRIVATE -Wl,--version-script=${map})
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${version} LINK_DEPENDS ${map})
endfunction()

# C sources that hold the bytes of files: `const unsigned char lf_asset_NAME[]` and `const size_t lf_asset_NAME_size`.
function(lf_embed list name file)
  set(out ${PROJECT_BINARY_DIR}/assets/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DIN=${file} -DOUT=${out} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  set(${list} ${${list}} ${out} PARENT_SCOPE)
endfunction()

function(lf_embedded_assets list)
  find_file(LF_D3 NAMES d3.min.js PATHS /usr/share/nodejs/d3/dist /usr/share/javascript/d3 NO_DEFAULT_PATH)
  if(NOT LF_D3)
    message(FATAL_ERROR "d3.min.js (version 5) was not found: install the Debian package node-d3, or set LF_D3")
  endif()
  set(assets)
  lf_embed(assets d3 ${LF_D3})
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/report/assets/*)
  foreach(page ${pages})
    get_filename_component(name ${page} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    lf_embed(assets ${name} ${page})
  endforeach()
  set(${list} ${assets} PARENT_SCOPE)
endfunction()
