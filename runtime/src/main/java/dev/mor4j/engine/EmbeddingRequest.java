package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A text whose vectors are wanted; valid once built.
 *
 * @param text empty if token ids are not
 * @param tokens token ids, taken as they are; empty if a text is not
 * @param pooling how the vectors of its tokens become one
 * @param isNormalized whether vectors are scaled to the Euclidean length 1
 * @param routing how tokens get their depth
 * @param timeLimit after which the work ends, waiting included; none if empty
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

  /** The mean of a text's vectors, of Euclidean length 1, without time limit. */
  public static EmbeddingRequest of(String text) {
    return builder().text(text).build();
  }

  /** A builder with the mean as pooling, and normalised vectors. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a request. */
  public static final class Builder {
    private String text = "";
    private List<Integer> tokens = List.of();
    private Pooling pooling = Pooling.MEAN;
    private boolean isNormalized = true;
    private RoutingMode routing = RoutingMode.TRAINED;
    private Optional<Duration> timeLimit = Optional.empty();

    private Builder() {}

    /** The text; the model's beginning-of-text token is added to it. */
    public Builder text(String value) {
      text = value;
      return this;
    }

    /** Token ids instead of a text, taken as they are. */
    public Builder tokens(int... ids) {
      tokens = Arrays.stream(ids).boxed().toList();
      return this;
    }

    /** How the vectors of the tokens become one; {@link Pooling#MEAN} if not said. */
    public Builder pooling(Pooling value) {
      pooling = value;
      return this;
    }

    /** Whether vectors are scaled to the Euclidean length 1; they are if not said. */
    public Builder normalized(boolean value) {
      isNormalized = value;
      return this;
    }

    /** How tokens get their depth; as the model was trained if not said. */
    public Builder routing(RoutingMode mode) {
      routing = mode;
      return this;
    }

    /** The work ends when this time is over, waiting included; never if not said. */
    public Builder timeLimit(Duration limit) {
      timeLimit = Optional.of(limit);
      return this;
    }

    /**
     * The request.
     *
     * @throws InvalidConfigException if something is missing or out of range
     */
    public EmbeddingRequest build() {
      return new EmbeddingRequest(text, tokens, pooling, isNormalized, routing, timeLimit);
    }
  }
}
