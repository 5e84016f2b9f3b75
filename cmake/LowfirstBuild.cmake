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

# Kernel units are named for their instruction set: give them its flags on x86-64, drop them elsewhere.
function(lf_instruction_sets list)
  set(sources ${${list}})
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    foreach(source ${sources})
      if(source MATCHES "_avx512\\.c$")
        set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
          "-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mavx2;-mfma;-mprefer-vector-width=512")
      elseif(source MATCHES "_avx2\\.c$")
        set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
      endif()
    endforeach()
    set(LF_ISA_DEFINITION LF_HAVE_X86 PARENT_SCOPE)
  else()
    list(FILTER sources EXCLUDE REGEX "_avx(2|512)\\.c$")
  endif()
  set(${list} ${sources} PARENT_SCOPE)
endfunction()

# One build of all sources. Uses LF_SOURCES, LF_ASSETS.
function(lf_library name)
  add_library(${name} ${LF_SOURCES} ${LF_ASSETS})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${name} PRIVATE ${LF_ISA_DEFINITION} LF_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:lf_flags> $<BUILD_INTERFACE:PkgConfig::LF_DEPS>
    Threads::Threads ${CMAKE_DL_LIBS} m)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
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
