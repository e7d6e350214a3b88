# Runs the tests of the C library mor with the libraries that go into the jar.
#
#   cmake -D TARGET=DIR -P test.cmake
cmake_minimum_required(VERSION 3.21)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
include("${TARGET}/test.cmake")

execute_process(COMMAND ${TEST_COMMAND} RESULT_VARIABLE failed)
if(failed)
  fail("the tests of the C library mor failed (${failed})")
endif()

# ggml's reason for an abort has to be printed before SIGABRT ends the process.
execute_process(COMMAND ${TEST_COMMAND} abort RESULT_VARIABLE result ERROR_VARIABLE printed OUTPUT_QUIET)
if(result EQUAL 0 OR NOT printed MATCHES "^mor4j: ggml stopped the process: [^\n]*the reason of the test\n$")
  fail("the abort hook: expected one line with ggml's reason and an exit by a signal, found '${printed}' and ${result}")
endif()
