# LowfirstInstall.cmake — library, headers, program, CMake package (lowfirst::lowfirst) and lowfirst.pc.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lowfirst)

install(TARGETS lowfirst EXPORT lowfirst)
install(FILES include/lowfirst.h TYPE INCLUDE)
install(FILES ${LF_PUBLIC_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lowfirst)
install(FILES LICENSE docs/licences.md TYPE DOC)
if(TARGET lowfirst_program)
  install(TARGETS lowfirst_program)
  file(RELATIVE_PATH to_library ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(lowfirst_program PROPERTIES INSTALL_RPATH $ORIGIN/${to_library})
endif()

install(EXPORT lowfirst NAMESPACE lowfirst:: FILE lowfirst-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/lowfirst-config.cmake.in lowfirst-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(lowfirst-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lowfirst-config.cmake ${PROJECT_BINARY_DIR}/lowfirst-config-version.cmake
  DESTINATION ${package_dir})

# Who links a static library links what it uses; a shared one brings it along.
list(JOIN LF_PACKAGES " " LF_PC_PACKAGES)
if(BUILD_SHARED_LIBS)
  set(LF_PC_LINK "Libs: -L\${libdir} -llowfirst")
else()
  set(LF_PC_LINK "Requires: ${LF_PC_PACKAGES}\nLibs: -L\${libdir} -llowfirst -pthread -ldl -lm")
endif()
file(RELATIVE_PATH LF_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/lowfirst.pc.in lowfirst.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lowfirst.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
