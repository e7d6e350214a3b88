package dev.mor4j.quantize;

import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The sizes of a Llama-like model, whose layers may be shared by recursion steps. Its head is its
 * token embedding.
 *
 * @param name for display
 * @param layerCount layers without recursion
 * @param embeddingLength width of the residual stream
 * @param headCount query heads, a divisor of the width
 * @param kvHeadCount key and value heads
 * @param feedForwardLength width inside the feed-forward layers
 * @param vocabularySize number of token ids
 * @param contextLength number of positions
 */
public record ModelShape(
    String name,
    int layerCount,
    int embeddingLength,
    int headCount,
    int kvHeadCount,
    int feedForwardLength,
    int vocabularySize,
    int contextLength) {

  private static final int VOCABULARY = 49_152;
  private static final int CONTEXT = 2048;
  private static final float RMS_EPSILON = 1e-5f;
  private static final float ROPE_FREQ_BASE = 10_000;

  /** The models of the MoR paper (arXiv 2507.10524, table 6), smallest first. */
  public static final List<ModelShape> PUBLISHED =
      List.of(
          new ModelShape("135m", 30, 576, 9, 3, 1536, VOCABULARY, CONTEXT),
          new ModelShape("360m", 32, 960, 15, 5, 2560, VOCABULARY, CONTEXT),
          new ModelShape("730m", 26, 1536, 24, 8, 4096, VOCABULARY, CONTEXT),
          new ModelShape("1.7b", 24, 2048, 32, 32, 8192, VOCABULARY, CONTEXT));

  /**
   * The published shape of that name, in any case.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ModelShape named(String name) {
    return PUBLISHED.stream()
        .filter(shape -> shape.name().equals(name.toLowerCase(Locale.ROOT)))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected one of %s, found '%s'"
                        .formatted(
                            PUBLISHED.stream()
                                .map(ModelShape::name)
                                .collect(Collectors.joining(", ")),
                            name)));
  }

  /**
   * The hyperparameters of a model of this shape. The shared block is so long that all steps and
   * the unshared layers together run at least as many layers as the model without recursion.
   *
   * @throws dev.mor4j.model.InvalidConfigException if the choices contradict each other
   */
  public MorConfig config(RecursionChoices choices) {
    int keyLength = embeddingLength / headCount;
    int ends = choices.sharing().hasUnsharedEnds() ? 2 : 0;
    int blockLength =
        Math.max(1, Math.ceilDiv(layerCount - ends, Math.max(1, choices.recursionCount())));
    return new MorConfig(
        "random-%s-%s".formatted(name, choices.name()),
        contextLength,
        embeddingLength,
        feedForwardLength,
        vocabularySize,
        new AttentionConfig(
            headCount,
            kvHeadCount,
            keyLength,
            RMS_EPSILON,
            ROPE_FREQ_BASE,
            keyLength,
            choices.architecture().ropePairing()),
        new RecursionConfig(choices.recursionCount(), blockLength, choices.sharing()),
        choices.routingConfig(),
        choices.kvPolicy());
  }
}
