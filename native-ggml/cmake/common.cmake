# Shared by the scripts fetch.cmake and build.cmake.

# Ends the script with a message: one line that says what is wrong and what to do.
macro(fail text)
  message(NOTICE "mor4j: ${text}")
  message(FATAL_ERROR "  native-ggml: stopped, see the line above")
endmacro()

# Sets a variable of the same name for each `key=value` line of ggml.properties, and PROPERTY_KEYS to their names.
macro(read_properties file)
  file(STRINGS "${file}" lines REGEX "^[A-Za-z]")
  set(PROPERTY_KEYS)
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^([A-Za-z0-9_.]+)=(.+)$")
      fail("${file}: expected key=value, found '${line}'")
    endif()
    set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
    list(APPEND PROPERTY_KEYS "${CMAKE_MATCH_1}")
  endforeach()
endmacro()
