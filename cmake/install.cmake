# Everything goes to fixed places below the prefix and finds its way from there, so that an installed
# tree can be moved. Nothing in it depends on the machine: header-only, architecture-independent.
include(CMakePackageConfigHelpers)

install(TARGETS postel header_only EXPORT postel FILE_SET HEADERS DESTINATION include
        FILE_SET on_openssl DESTINATION include)
install(EXPORT postel NAMESPACE postel:: FILE postel-targets.cmake DESTINATION share/cmake/postel)

configure_package_config_file(cmake/postel-config.cmake.in ${PROJECT_BINARY_DIR}/postel-config.cmake
    INSTALL_DESTINATION share/cmake/postel
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/postel-config-version.cmake
    COMPATIBILITY SameMinorVersion  # while the major version is 0
    ARCH_INDEPENDENT)
configure_file(cmake/postel.pc.in ${PROJECT_BINARY_DIR}/postel.pc @ONLY)

install(FILES ${PROJECT_BINARY_DIR}/postel-config.cmake
              ${PROJECT_BINARY_DIR}/postel-config-version.cmake
        DESTINATION share/cmake/postel)
install(FILES ${PROJECT_BINARY_DIR}/postel.pc DESTINATION share/pkgconfig)
install(FILES LICENSE DESTINATION share/doc/postel)
