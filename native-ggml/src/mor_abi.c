#include "mor.h"

#include <string.h>

#include "ggml-backend.h"
#include "ggml-cpu.h"

/* MOR_VERSION, MOR_GGML_COMMIT and MOR_SCHED_MAX_BACKENDS come from the build. */

int mor_abi_version(void) {
    return MOR_ABI_VERSION;
}

const char * mor_ggml_commit(void) {
    return MOR_GGML_COMMIT;
}

const char * mor_version(void) {
    return MOR_VERSION;
}

struct constant {
    const char * name;
    int64_t value;
};

#define VALUE(name) { #name, (int64_t) (name) }
#define SIZE(name) { "sizeof(" #name ")", (int64_t) sizeof(struct name) }

/* Everything that the Java side would otherwise have to repeat without a check. */
static const struct constant CONSTANTS[] = {
    VALUE(MOR_LOG_CAPACITY),
    VALUE(MOR_ATTENTION_WIDTH),
    VALUE(MOR_ATTENTION_MULTIPLE),
    VALUE(MOR_DIGEST_LOGITS),
    VALUE(MOR_DIGEST_VALUES),
    VALUE(MOR_DIGEST_MAX_LOGITS),
    VALUE(GGML_MAX_DIMS),
    VALUE(GGML_MAX_SRC),
    VALUE(GGML_MAX_NAME),
    VALUE(GGML_MAX_N_THREADS),
    VALUE(GGML_N_TASKS_MAX),
    VALUE(GGML_TYPE_COUNT),
    VALUE(GGML_OP_COUNT),
    VALUE(GGML_OP_GET_ROWS),
    VALUE(GGML_OP_TRANSPOSE),
    VALUE(GGML_ROPE_TYPE_NORMAL),
    VALUE(GGML_ROPE_TYPE_NEOX),
    VALUE(GGML_STATUS_SUCCESS),
    VALUE(GGML_STATUS_ABORTED),
    VALUE(GGML_BACKEND_BUFFER_USAGE_WEIGHTS),
    VALUE(GGML_BACKEND_DEVICE_TYPE_ACCEL),
    { "GGML_SCHED_MAX_BACKENDS", MOR_SCHED_MAX_BACKENDS },
    SIZE(ggml_tensor),
    SIZE(ggml_init_params),
    SIZE(ggml_type_traits),
    SIZE(ggml_threadpool_params),
    SIZE(ggml_backend_dev_props),
    SIZE(ggml_backend_feature),
};

int64_t mor_constant(const char * name) {
    for (size_t i = 0; i < sizeof(CONSTANTS) / sizeof(CONSTANTS[0]); i++) {
        if (strcmp(name, CONSTANTS[i].name) == 0) {
            return CONSTANTS[i].value;
        }
    }
    return -1;
}
