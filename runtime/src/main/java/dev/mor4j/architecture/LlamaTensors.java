package dev.mor4j.architecture;

import static dev.mor4j.model.TensorSpec.inBlock;

import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.TensorRole;
import dev.mor4j.model.TensorSpec;
import java.util.List;

/**
 * The tensors of a Llama model, which Mixture-of-Recursions models have too: sizes are written here
 * and nowhere else.
 */
final class LlamaTensors {
  private LlamaTensors() {}

  /** Tensors outside of blocks. */
  static List<TensorSpec> outsideBlocks(MorConfig config) {
    int embedding = config.embeddingLength();
    int vocabulary = config.vocabularySize();
    return List.of(
        TensorSpec.of(TensorRole.TOKEN_EMBEDDING, embedding, vocabulary),
        TensorSpec.of(TensorRole.OUTPUT_NORM, embedding),
        TensorSpec.of(TensorRole.OUTPUT, embedding, vocabulary).optional(),
        TensorSpec.of(TensorRole.ROPE_FACTORS, config.attention().ropeDimensionCount() / 2)
            .optional());
  }

  /** Tensors of one stored block: attention and a gated feed-forward network behind norms. */
  static List<TensorSpec> ofBlock(int block, MorConfig config) {
    AttentionConfig attention = config.attention();
    int embedding = config.embeddingLength();
    int feedForward = config.feedForwardLength();
    int queries = attention.queryLength();
    int keys = attention.kvLength();
    return List.of(
        inBlock(block, TensorRole.ATTN_NORM, embedding, 1),
        inBlock(block, TensorRole.ATTN_Q, embedding, queries),
        inBlock(block, TensorRole.ATTN_K, embedding, keys),
        inBlock(block, TensorRole.ATTN_V, embedding, keys),
        inBlock(block, TensorRole.ATTN_OUTPUT, queries, embedding),
        inBlock(block, TensorRole.FFN_NORM, embedding, 1),
        inBlock(block, TensorRole.FFN_GATE, embedding, feedForward),
        inBlock(block, TensorRole.FFN_UP, embedding, feedForward),
        inBlock(block, TensorRole.FFN_DOWN, feedForward, embedding));
  }
}
