#include "mor_reference.h"

void mor_reference_scatter_add(float * stream, const struct ggml_tensor * update, const struct ggml_tensor * rows,
                               const struct ggml_tensor * gates) {
    const int64_t columns = update->ne[0];
    for (int64_t i = 0; i < update->ne[1]; i++) {
        float * to = stream + ((const int32_t *) rows->data)[i] * columns;
        const double gate = (double) ((const float *) gates->data)[i];
        for (int64_t column = 0; column < columns; column++) {
            const double added = gate * (double) ((const float *) update->data)[i * columns + column];
            to[column] = (float) ((double) to[column] + added);
        }
    }
}
