# An overlay port: it installs the tree it lies in. vcpkg does not see changes in that tree, so
# install with --no-binarycaching after an edit.
cmake_path(SET SOURCE_PATH NORMALIZE "${CURRENT_PORT_DIR}/../../..")

set(VCPKG_BUILD_TYPE release)  # headers only: debug would be the same

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DPOSTEL_BUILD_TESTS=OFF
        -DPOSTEL_BUILD_EXAMPLES=OFF
        -DPOSTEL_BUILD_BENCHMARKS=OFF
        -DPOSTEL_FETCH_DEPENDENCIES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/postel)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
