package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.TokenFilter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What to write and how; valid once built.
 *
 * @param prompt text to continue; empty if token ids are
 * @param promptTokens token ids to continue; empty if a text is
 * @param maxTokens most tokens to write, or {@link #UNTIL_END}
 * @param sampling how tokens are picked, with the seed
 * @param routing how tokens get their depth
 * @param stops what ends the text before the model does
 * @param ignoresEndOfText whether the text goes on after the token that ends a text, as after any
 *     other
 * @param topLogProbabilities how many of the likeliest tokens to report with each token
 * @param timeLimit after which the text ends, waiting included; none if empty
 * @param tokenFilter makes a filter for each text that is written; all tokens may come if empty
 */
public record GenerationRequest(
    String prompt,
    List<Integer> promptTokens,
    int maxTokens,
    SamplingOptions sampling,
    RoutingMode routing,
    StopConditions stops,
    boolean ignoresEndOfText,
    int topLogProbabilities,
    Optional<Duration> timeLimit,
    Optional<Supplier<TokenFilter>> tokenFilter) {
  /** As {@code maxTokens}: until the model ends the text or the context is full. */
  public static final int UNTIL_END = -1;

  /** Most tokens to report with each token. */
  public static final int MOST_TOP_LOG_PROBABILITIES = 1000;

  public GenerationRequest {
    promptTokens = List.copyOf(promptTokens);
    if (prompt.isEmpty() == promptTokens.isEmpty()) {
      throw new InvalidConfigException(
          "prompt", "some text or some token ids", prompt.isEmpty() ? "none" : "both");
    }
    if (maxTokens < 1 && maxTokens != UNTIL_END) {
      throw new InvalidConfigException(
          "number of tokens", "1 or more, or -1 for no limit", String.valueOf(maxTokens));
    }
    if (topLogProbabilities < 0 || topLogProbabilities > MOST_TOP_LOG_PROBABILITIES) {
      throw new InvalidConfigException(
          "number of top log-probabilities",
          "0.." + MOST_TOP_LOG_PROBABILITIES,
          String.valueOf(topLogProbabilities));
    }
    if (timeLimit.isPresent() && !timeLimit.get().isPositive()) {
      throw new InvalidConfigException(
          "time limit", "more than no time", timeLimit.get().toString());
    }
  }

  /** Whether nothing of it asks for the model's tokenizer. */
  boolean needsNoText() {
    return prompt.isEmpty() && stops.texts().isEmpty();
  }

  /**
   * Checks the token ids that the request names, beside its prompt.
   *
   * @throws InvalidConfigException if one is not below {@code vocabularySize}
   */
  void requireVocabulary(int vocabularySize) {
    requireBelow(vocabularySize, "stop token", stops.tokens());
    requireBelow(vocabularySize, "logit-bias", sampling.logitBias().keySet());
  }

  private static void requireBelow(int vocabularySize, String what, Collection<Integer> tokens) {
    for (int token : tokens) {
      if (token >= vocabularySize) {
        throw new InvalidConfigException(
            what, "token ids 0.." + (vocabularySize - 1), String.valueOf(token));
      }
    }
  }

  /** The same request for another text. */
  public GenerationRequest withPrompt(String text) {
    return new GenerationRequest(
        text,
        List.of(),
        maxTokens,
        sampling,
        routing,
        stops,
        ignoresEndOfText,
        topLogProbabilities,
        timeLimit,
        tokenFilter);
  }

  /** A builder with the defaults of {@link SamplingOptions#DEFAULTS}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a request. */
  public static final class Builder {
    private String prompt = "";
    private List<Integer> promptTokens = List.of();
    private int maxTokens = UNTIL_END;
    private SamplingOptions sampling = SamplingOptions.DEFAULTS;
    private RoutingMode routing = RoutingMode.TRAINED;
    private StopConditions stops = StopConditions.NONE;
    private boolean ignoresEndOfText;
    private int topLogProbabilities;
    private Optional<Duration> timeLimit = Optional.empty();
    private Optional<Supplier<TokenFilter>> tokenFilter = Optional.empty();

    private Builder() {}

    /** Text to continue. */
    public Builder prompt(String text) {
      prompt = text;
      return this;
    }

    /**
     * Token ids to continue instead of a text, taken as they are: no beginning-of-text token is
     * added. If the model has no tokenizer, or an unknown one, tokens come without text.
     */
    public Builder promptTokens(int... ids) {
      promptTokens = Arrays.stream(ids).boxed().toList();
      return this;
    }

    /** The text goes on after the token that ends a text, as after any other. */
    public Builder ignoreEndOfText() {
      ignoresEndOfText = true;
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

    /** Some sampling options: {@code request.sampling(options -> options.topK(40).minP(0))}. */
    public Builder sampling(UnaryOperator<SamplingOptionsBuilder> changes) {
      sampling = changes.apply(sampling.toBuilder()).build();
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

    /** Added to the logits of these token ids; negative infinity forbids one. None if not said. */
    public Builder logitBias(Map<Integer, Float> biasByToken) {
      sampling = sampling.withLogitBias(biasByToken);
      return this;
    }

    /** The text ends before the first of these strings that is written; none if not said. */
    public Builder stop(String... texts) {
      return stop(List.of(texts));
    }

    /** The text ends before the first of these strings that is written; none if not said. */
    public Builder stop(List<String> texts) {
      stops = new StopConditions(texts, stops.tokens());
      return this;
    }

    /** The text ends before the first of these token ids; none if not said. */
    public Builder stopTokens(int... ids) {
      Set<Integer> tokens = Arrays.stream(ids).boxed().collect(Collectors.toUnmodifiableSet());
      stops = new StopConditions(stops.texts(), tokens);
      return this;
    }

    /** How many of the likeliest tokens to report with each token; 0 if not said. */
    public Builder topLogProbabilities(int count) {
      topLogProbabilities = count;
      return this;
    }

    /** The text ends when this time is over, waiting included; never if not said. */
    public Builder timeLimit(Duration limit) {
      timeLimit = Optional.of(limit);
      return this;
    }

    /**
     * Which tokens may come, as a grammar says; all if not said.
     *
     * @param ofText makes a filter for each text that is written, as filters may count along
     */
    public Builder tokenFilter(Supplier<TokenFilter> ofText) {
      tokenFilter = Optional.of(ofText);
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
      return new GenerationRequest(
          prompt,
          promptTokens,
          maxTokens,
          sampling,
          routing,
          stops,
          ignoresEndOfText,
          topLogProbabilities,
          timeLimit,
          tokenFilter);
    }
  }
}
