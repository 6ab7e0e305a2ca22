file(REMOVE_RECURSE ${prefix} ${prefix}.before)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --config "${config}" --prefix ${prefix}.before
                COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${prefix}.before ${prefix})

file(GLOB_RECURSE files ${prefix}/*.cmake ${prefix}/*.pc)
foreach(file IN LISTS files)
    file(READ ${file} text)
    string(FIND "${text}" ${build} at)
    if(NOT at EQUAL -1)
        message(FATAL_ERROR "${file} names the folder it was built in")
    endif()
endforeach()
