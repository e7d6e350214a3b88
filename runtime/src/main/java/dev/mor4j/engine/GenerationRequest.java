package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.SamplingOptions;

/**
 * What to write and how; valid once built.
 *
 * @param prompt text to continue, not empty
 * @param maxTokens most tokens to write, or {@link #UNTIL_END}
 * @param sampling how tokens are picked, with the seed
 * @param routing how tokens get their depth
 */
public record GenerationRequest(
    String prompt, int maxTokens, SamplingOptions sampling, RoutingMode routing) {
  /** As {@code maxTokens}: until the model ends the text or the context is full. */
  public static final int UNTIL_END = -1;

  public GenerationRequest {
    if (prompt.isEmpty()) {
      throw new InvalidConfigException("prompt", "some text", "none");
    }
    if (maxTokens < 1 && maxTokens != UNTIL_END) {
      throw new InvalidConfigException(
          "number of tokens", "1 or more, or -1 for no limit", String.valueOf(maxTokens));
    }
  }

  /** A builder with the defaults of {@link SamplingOptions#DEFAULTS}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a request. */
  public static final class Builder {
    private String prompt = "";
    private int maxTokens = UNTIL_END;
    private SamplingOptions sampling = SamplingOptions.DEFAULTS;
    private RoutingMode routing = RoutingMode.TRAINED;

    private Builder() {}

    /** Text to continue. */
    public Builder prompt(String text) {
      prompt = text;
      return this;
    }

    /** Most tokens to write; {@link #UNTIL_END} if not said. */
    public Builder maxTokens(int count) {
      maxTokens = count;
      return this;
    }

    /** All sampling options at once. */
    public Builder sampling(SamplingOptions options) {
      sampling = options;
      return this;
    }

    /** 0 picks the likeliest token always. */
    public Builder temperature(float value) {
      sampling = sampling.withTemperature(value);
      return this;
    }

    /** Same seed, same request, same text. */
    public Builder seed(long value) {
      sampling = sampling.withSeed(value);
      return this;
    }

    /** How tokens get their depth; as the model was trained if not said. */
    public Builder routing(RoutingMode mode) {
      routing = mode;
      return this;
    }

    /**
     * The request.
     *
     * @throws InvalidConfigException if something is missing or out of range
     */
    public GenerationRequest build() {
      return new GenerationRequest(prompt, maxTokens, sampling, routing);
    }
  }
}
