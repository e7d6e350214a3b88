#include "mor.h"

/* Both names come from the build. */
const char * mor_ggml_commit(void) {
    return MOR_GGML_COMMIT;
}

const char * mor_version(void) {
    return MOR_VERSION;
}
