package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A request for the embedding of a text. Immutable and validated on construction.
 *
 * @param text the text; empty if {@code tokens} is given
 * @param tokens token ids, to which no BOS token is added; empty if {@code text} is given
 * @param pooling how the hidden states of the tokens are combined
 * @param isNormalized whether vectors are scaled to the Euclidean length 1
 * @param routing how each token's recursion depth is chosen
 * @param timeLimit time after which the request fails, counted from submission and including the
 *     time in the queue; empty for no limit
 */
public record EmbeddingRequest(
    String text,
    List<Integer> tokens,
    Pooling pooling,
    boolean isNormalized,
    RoutingMode routing,
    Optional<Duration> timeLimit) {

  public EmbeddingRequest {
    tokens = List.copyOf(tokens);
    if (text.isEmpty() == tokens.isEmpty()) {
      throw new InvalidConfigException(
          "text", "either a text or token ids", text.isEmpty() ? "none" : "both");
    }
    if (timeLimit.isPresent() && !timeLimit.get().isPositive()) {
      throw new InvalidConfigException(
          "time limit", "a positive duration", timeLimit.get().toString());
    }
  }

  /** A request with mean pooling, normalized vectors and no time limit. */
  public static EmbeddingRequest of(String text) {
    return builder().text(text).build();
  }

  /** A builder that starts with mean pooling and normalized vectors. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builder of a request. */
  public static final class Builder {
    private String text = "";
    private List<Integer> tokens = List.of();
    private Pooling pooling = Pooling.MEAN;
    private boolean isNormalized = true;
    private RoutingMode routing = RoutingMode.TRAINED;
    private Optional<Duration> timeLimit = Optional.empty();

    private Builder() {}

    /** The text; the model's BOS token is added to it. */
    public Builder text(String value) {
      text = value;
      return this;
    }

    /** Token ids instead of a text; no BOS token is added. */
    public Builder tokens(int... ids) {
      tokens = Arrays.stream(ids).boxed().toList();
      return this;
    }

    /** How the hidden states of the tokens are combined. Default: {@link Pooling#MEAN}. */
    public Builder pooling(Pooling value) {
      pooling = value;
      return this;
    }

    /** Whether vectors are scaled to the Euclidean length 1. Default: true. */
    public Builder normalized(boolean value) {
      isNormalized = value;
      return this;
    }

    /** How each token's recursion depth is chosen. Default: as the model was trained. */
    public Builder routing(RoutingMode mode) {
      routing = mode;
      return this;
    }

    /** Fails the request this long after submission, time in the queue included. Default: never. */
    public Builder timeLimit(Duration limit) {
      timeLimit = Optional.of(limit);
      return this;
    }

    /**
     * Builds the request.
     *
     * @throws InvalidConfigException if the text is missing or a value is out of range
     */
    public EmbeddingRequest build() {
      return new EmbeddingRequest(text, tokens, pooling, isNormalized, routing, timeLimit);
    }
  }
}
