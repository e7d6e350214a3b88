# Builds ggml and mor from the sources that fetch.cmake found, and copies the shared libraries to where the jar is built.
#
#   cmake -D TARGET=DIR -D MOR_VERSION=X -D OPTIONS="-DA=B ..." -P build.cmake
#
# Result: TARGET/classes/META-INF/native/<os>-<arch>/ with libraries.txt, TARGET/classes/META-INF/licenses/ggml.txt, and
# for tests TARGET/trial-backend/ and TARGET/stale-natives/.
cmake_minimum_required(VERSION 3.21)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
read_properties("${CMAKE_CURRENT_LIST_DIR}/../ggml.properties")
include("${TARGET}/source.cmake")
file(LOCK "${TARGET}/build.lock" GUARD PROCESS)

# Runs a command and writes its output to a log. If it fails, prints the end of the log and stops.
function(run what)
  set(log "${TARGET}/${what}.log")
  execute_process(COMMAND ${ARGN} OUTPUT_FILE "${log}" ERROR_FILE "${log}" RESULT_VARIABLE failed)
  if(NOT failed)
    return()
  endif()
  file(READ "${log}" text)
  set(reason "its last lines are above")
  if(text MATCHES "No CMAKE_C(XX)?_COMPILER could be found|CMAKE_C(XX)?_COMPILER not set")
    fail("no C and C++ compiler found: install gcc and g++, or clang, or set CC and CXX.")
  elseif(text MATCHES "Could NOT find Vulkan")
    set(reason "the Vulkan SDK with glslc is missing or incomplete, install it or build without -Pvulkan")
  elseif(text MATCHES "CUDA Toolkit not found|No CMAKE_CUDA_COMPILER|CUDA::cublas")
    set(reason "the CUDA toolkit with cuBLAS is missing or incomplete, install it or build without -Pcuda")
  endif()
  string(LENGTH "${text}" length)
  if(length GREATER 4000)
    math(EXPR start "${length} - 4000")
    string(SUBSTRING "${text}" ${start} -1 text)
  endif()
  message(NOTICE "${text}")
  fail("the ${what} step of native-ggml failed (${failed}): ${reason}; the whole log: ${log}")
endfunction()

set(flags)
foreach(key IN LISTS PROPERTY_KEYS)
  if(key MATCHES "^cmake[.](.+)$")
    list(APPEND flags "-D${CMAKE_MATCH_1}=${${key}}")
  endif()
endforeach()
separate_arguments(options NATIVE_COMMAND "${OPTIONS}")
list(APPEND flags ${options})

# One build folder per set of options, because CMake's cache would keep options of the build before.
string(SHA256 flavour "${SOURCE_FOLDER} ${flags}")
string(SUBSTRING "${flavour}" 0 8 flavour)
set(build "${TARGET}/build-${flavour}")

# Ninja and make run CMake again if a CMake file has changed. They do not see these values.
set(configured "${MOR_VERSION} ${SOURCE_COMMIT} ${ggml.version}")
set(seen)
if(EXISTS "${build}/configured")
  file(READ "${build}/configured" seen)
endif()
if(NOT seen STREQUAL configured)
  find_program(NINJA NAMES ninja ninja-build)
  set(generator)
  if(NINJA)
    set(generator -G Ninja "-DCMAKE_MAKE_PROGRAM=${NINJA}")
  endif()
  run(configure "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/.." -B "${build}" ${generator} ${flags}
    "-DMOR_GGML_SOURCE=${SOURCE_FOLDER}" "-DMOR_GGML_COMMIT=${SOURCE_COMMIT}" "-DMOR_VERSION=${MOR_VERSION}")
  file(WRITE "${build}/configured" "${configured}")
endif()

set(parallel)
if("$ENV{CMAKE_BUILD_PARALLEL_LEVEL}" STREQUAL "")
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  set(parallel --parallel ${cores})
endif()
run(compile "${CMAKE_COMMAND}" --build "${build}" --config Release ${parallel})

# Sets BUILT_PLATFORM, BUILT_VERSION, BUILT_LIBRARIES (in load order), BUILT_TEST, BUILT_TRIAL and BUILT_STALE; the last
# two are empty where they are not built.
include("${build}/built-Release.cmake")
if(SOURCE_COMMIT STREQUAL ggml.commit AND NOT BUILT_VERSION STREQUAL ggml.version)
  fail("ggml.properties: expected ggml.version=${BUILT_VERSION} for this commit, found ${ggml.version}")
endif()

set(natives "${TARGET}/classes/META-INF/native/${BUILT_PLATFORM}")
set(index "ggml ${BUILT_VERSION}\ncommit ${SOURCE_COMMIT}\n")
set(names libraries.txt)
foreach(library IN LISTS BUILT_LIBRARIES)
  get_filename_component(name "${library}" NAME)
  file(MAKE_DIRECTORY "${natives}")
  file(COPY_FILE "${library}" "${natives}/${name}" ONLY_IF_DIFFERENT)
  file(SHA256 "${library}" sha256)
  string(APPEND index "${name} ${sha256}\n")
  list(APPEND names "${name}")
endforeach()
file(CONFIGURE OUTPUT "${natives}/libraries.txt" CONTENT "${index}" @ONLY)
file(MAKE_DIRECTORY "${TARGET}/classes/META-INF/licenses")
file(COPY_FILE "${SOURCE_LICENSE}" "${TARGET}/classes/META-INF/licenses/ggml.txt" ONLY_IF_DIFFERENT)

# Removes backends of an earlier build with other options, which would be loaded too.
file(GLOB present RELATIVE "${natives}" "${natives}/*")
foreach(name IN LISTS present)
  if(NOT name IN_LIST names)
    file(REMOVE "${natives}/${name}")
  endif()
endforeach()

# The trial backend in its own folder, as users pass one with the system property mor4j.backends.
if(BUILT_TRIAL)
  get_filename_component(name "${BUILT_TRIAL}" NAME)
  file(MAKE_DIRECTORY "${TARGET}/trial-backend")
  file(COPY_FILE "${BUILT_TRIAL}" "${TARGET}/trial-backend/${name}" ONLY_IF_DIFFERENT)
  file(SHA256 "${BUILT_TRIAL}" sha256)
  file(CONFIGURE OUTPUT "${TARGET}/trial-backend/libraries.txt" @ONLY CONTENT
    "ggml @BUILT_VERSION@\ncommit @SOURCE_COMMIT@\n@name@ @sha256@\n")
endif()

# Outdated libraries mor, one folder per kind: the natives of a test, together with the libraries above.
if(BUILT_STALE)
  file(REMOVE_RECURSE "${TARGET}/stale-natives")
  file(COPY "${BUILT_STALE}/" DESTINATION "${TARGET}/stale-natives")
endif()

file(CONFIGURE OUTPUT "${TARGET}/test.cmake" @ONLY CONTENT "set(TEST_COMMAND \"@BUILT_TEST@\" \"@natives@\")\n")
