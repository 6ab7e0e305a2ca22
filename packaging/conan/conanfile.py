import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class Postel(ConanFile):
    name = "postel"
    description = "SMTP for programs that already have a socket: header-only, no I/O, both roles"
    license = "BSL-1.0"
    topics = ("smtp", "lmtp", "mail", "sans-io", "header-only")
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    generators = "CMakeDeps"
    no_copy_source = True

    @property
    def _tree(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", ".."))

    def set_version(self):
        header = load(self, os.path.join(self._tree, "include", "postel", "version.hpp"))
        self.version = ".".join(re.findall(r"#define POSTEL_VERSION_\w+ (\d+)", header))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*"):
            copy(self, pattern, self._tree, self.export_sources_folder)

    def requirements(self):
        self.requires("fmt/[>=9.1 <13]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"POSTEL_BUILD_{part}"] = False
        toolchain.cache_variables["POSTEL_FETCH_DEPENDENCIES"] = False
        toolchain.generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        rmdir(self, os.path.join(self.package_folder, "share"))  # Conan writes these files itself

    def package_info(self):
        # The names that our own install gives. Which fmt is linked is decided by fmt's own option
        # header_only, so postel::header_only has no counterpart here.
        self.cpp_info.set_property("cmake_file_name", "postel")
        self.cpp_info.set_property("cmake_target_name", "postel::postel")
        self.cpp_info.set_property("pkg_config_name", "postel")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
