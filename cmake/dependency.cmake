include(FetchContent)

# postel_dependency(NAME DEBIAN_PACKAGE URL ... URL_HASH ...)
#
# What the surrounding project has comes first, then what is installed, then, where
# POSTEL_FETCH_DEPENDENCIES allows it, the archive. A macro, since find_package sets variables.
macro(postel_dependency name debian_package)
    if(NOT TARGET ${name}::${name})
        if(POSTEL_FETCH_DEPENDENCIES)
            message(STATUS "postel: using ${name} (Debian: ${debian_package}), fetched if not installed")
            FetchContent_Declare(${name} ${ARGN} DOWNLOAD_EXTRACT_TIMESTAMP ON
                                 FIND_PACKAGE_ARGS QUIET GLOBAL)
            set(postel_own_flags "${CMAKE_CXX_FLAGS}")
            string(APPEND CMAKE_CXX_FLAGS " -w")  # its warnings are not ours to judge
            FetchContent_MakeAvailable(${name})
            set(CMAKE_CXX_FLAGS "${postel_own_flags}")
        else()
            find_package(${name} QUIET GLOBAL)
        endif()
    endif()
    if(NOT TARGET ${name}::${name})
        message(FATAL_ERROR "postel needs ${name}: install it (Debian: ${debian_package}) "
                            "or set POSTEL_FETCH_DEPENDENCIES=ON")
    endif()
endmacro()
