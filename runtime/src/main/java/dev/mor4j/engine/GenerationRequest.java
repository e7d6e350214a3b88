package dev.mor4j.engine;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.CustomRule;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.SamplingRule;
import dev.mor4j.sampling.SamplingStage;
import dev.mor4j.sampling.TokenFilter;
import java.time.Duration;
import java.util.ArrayList;
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
 * A request to generate text. Immutable and validated on construction; independent of any model, so
 * it can be submitted to several engines and more than once.
 *
 * @param prompt text to continue; empty if {@code promptTokens} is given
 * @param promptTokens token ids to continue; empty if {@code prompt} is given
 * @param maxTokens maximum number of tokens to generate, or {@link #UNTIL_END}
 * @param sampling how tokens are picked, including the seed
 * @param routing how each token's recursion depth is chosen
 * @param stops strings and tokens that end the text
 * @param ignoresEndOfText whether generation continues after tokens that end a text
 * @param showsControlTokens whether control tokens, such as {@code <|im_end|>}, are part of the
 *     text; otherwise their text is empty
 * @param topLogProbabilities number of most likely tokens to report with each token
 * @param timeLimit time after which generation ends, counted from submission and including the time
 *     in the queue; empty for no limit
 * @param tokenFilter supplies a filter of allowed tokens for each text; empty to allow all tokens
 * @param samplingRules rules of the application, added to the built-in ones; {@link SamplingRule}
 *     defines their order
 */
public record GenerationRequest(
    String prompt,
    List<Integer> promptTokens,
    int maxTokens,
    SamplingOptions sampling,
    RoutingMode routing,
    StopConditions stops,
    boolean ignoresEndOfText,
    boolean showsControlTokens,
    int topLogProbabilities,
    Optional<Duration> timeLimit,
    Optional<Supplier<TokenFilter>> tokenFilter,
    List<CustomRule> samplingRules) {
  /** Value of {@code maxTokens}: until the model ends the text or the context is full. */
  public static final int UNTIL_END = -1;

  /** Upper limit of {@code topLogProbabilities}. */
  public static final int MOST_TOP_LOG_PROBABILITIES = 1000;

  public GenerationRequest {
    promptTokens = List.copyOf(promptTokens);
    samplingRules = List.copyOf(samplingRules);
    if (prompt.isEmpty() == promptTokens.isEmpty()) {
      throw new InvalidConfigException(
          "prompt", "either a text or token ids", prompt.isEmpty() ? "none" : "both");
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
          "time limit", "a positive duration", timeLimit.get().toString());
    }
  }

  /** Whether the request can be served without the model's tokenizer. */
  boolean needsNoText() {
    return prompt.isEmpty() && stops.texts().isEmpty();
  }

  /** The token filter and the sampling rules, in their order. */
  List<CustomRule> customRules() {
    if (tokenFilter.isEmpty()) {
      return samplingRules;
    }
    List<CustomRule> rules = new ArrayList<>();
    rules.add(CustomRule.filter(tokenFilter.get()));
    rules.addAll(samplingRules);
    return rules;
  }

  /**
   * Checks the token ids of the stop conditions and the logit bias.
   *
   * @throws InvalidConfigException if an id is not below {@code vocabularySize}
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

  /** This request with another prompt. */
  public GenerationRequest withPrompt(String text) {
    return new GenerationRequest(
        text,
        List.of(),
        maxTokens,
        sampling,
        routing,
        stops,
        ignoresEndOfText,
        showsControlTokens,
        topLogProbabilities,
        timeLimit,
        tokenFilter,
        samplingRules);
  }

  /** A builder that starts from {@link SamplingOptions#DEFAULTS}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builder of a request. */
  public static final class Builder {
    private String prompt = "";
    private List<Integer> promptTokens = List.of();
    private int maxTokens = UNTIL_END;
    private SamplingOptions sampling = SamplingOptions.DEFAULTS;
    private RoutingMode routing = RoutingMode.TRAINED;
    private StopConditions stops = StopConditions.NONE;
    private boolean ignoresEndOfText;
    private boolean showsControlTokens;
    private int topLogProbabilities;
    private Optional<Duration> timeLimit = Optional.empty();
    private Optional<Supplier<TokenFilter>> tokenFilter = Optional.empty();
    private final List<CustomRule> samplingRules = new ArrayList<>();

    private Builder() {}

    /** Text to continue. */
    public Builder prompt(String text) {
      prompt = text;
      return this;
    }

    /**
     * Token ids to continue instead of a text. No BOS token is added. If the model has no usable
     * tokenizer, the generated tokens have no text.
     */
    public Builder promptTokens(int... ids) {
      promptTokens = Arrays.stream(ids).boxed().toList();
      return this;
    }

    /** Continues after tokens that end a text ({@link Model#endTokens}). */
    public Builder ignoreEndOfText() {
      ignoresEndOfText = true;
      return this;
    }

    /**
     * Makes control tokens, such as {@code <|im_end|>}, part of the text. By default their text is
     * empty.
     */
    public Builder showControlTokens() {
      showsControlTokens = true;
      return this;
    }

    /** Maximum number of tokens to generate. Default: {@link #UNTIL_END}. */
    public Builder maxTokens(int count) {
      maxTokens = count;
      return this;
    }

    /** Replaces all sampling options. */
    public Builder sampling(SamplingOptions options) {
      sampling = options;
      return this;
    }

    /** Changes sampling options, as in {@code sampling(options -> options.topK(40).minP(0))}. */
    public Builder sampling(UnaryOperator<SamplingOptionsBuilder> changes) {
      sampling = changes.apply(sampling.toBuilder()).build();
      return this;
    }

    /** Sampling temperature; 0 always picks the most likely token. */
    public Builder temperature(float value) {
      sampling = sampling.withTemperature(value);
      return this;
    }

    /** Seed of the random draws: the same request with the same seed gives the same text. */
    public Builder seed(long value) {
      sampling = sampling.withSeed(value);
      return this;
    }

    /**
     * Biases added to the logits of these token ids; negative infinity excludes a token. Default:
     * none.
     */
    public Builder logitBias(Map<Integer, Float> biasByToken) {
      sampling = sampling.withLogitBias(biasByToken);
      return this;
    }

    /** Ends the text before the first occurrence of one of these strings. Default: none. */
    public Builder stop(String... texts) {
      return stop(List.of(texts));
    }

    /** Ends the text before the first occurrence of one of these strings. Default: none. */
    public Builder stop(List<String> texts) {
      stops = new StopConditions(texts, stops.tokens());
      return this;
    }

    /** Ends the text before the first of these token ids. Default: none. */
    public Builder stopTokens(int... ids) {
      Set<Integer> tokens = Arrays.stream(ids).boxed().collect(Collectors.toUnmodifiableSet());
      stops = new StopConditions(stops.texts(), tokens);
      return this;
    }

    /** Number of most likely tokens to report with each token. Default: 0. */
    public Builder topLogProbabilities(int count) {
      topLogProbabilities = count;
      return this;
    }

    /** Ends the text this long after submission, time in the queue included. Default: no limit. */
    public Builder timeLimit(Duration limit) {
      timeLimit = Optional.of(limit);
      return this;
    }

    /**
     * Restricts the tokens that may come next, for a grammar for example. Default: no restriction.
     *
     * @param supplier makes the filter of one text, since filters may have state
     */
    public Builder tokenFilter(Supplier<TokenFilter> supplier) {
      tokenFilter = Optional.of(supplier);
      return this;
    }

    /**
     * Adds a sampling rule that runs after the token filter and before all built-in stages.
     *
     * @param supplier makes the rule of one text, since rules may have state
     */
    public Builder samplingRule(Supplier<? extends SamplingRule> supplier) {
      samplingRules.add(CustomRule.first(supplier));
      return this;
    }

    /**
     * Adds a sampling rule that runs right before a built-in stage.
     *
     * @param stage a stage of {@link SamplingOptions#order()}
     * @param supplier makes the rule of one text, since rules may have state
     */
    public Builder samplingRule(SamplingStage stage, Supplier<? extends SamplingRule> supplier) {
      samplingRules.add(CustomRule.before(stage, supplier));
      return this;
    }

    /** How each token's recursion depth is chosen. Default: as the model was trained. */
    public Builder routing(RoutingMode mode) {
      routing = mode;
      return this;
    }

    /**
     * Builds the request.
     *
     * @throws InvalidConfigException if the prompt is missing or a value is out of range
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
          showsControlTokens,
          topLogProbabilities,
          timeLimit,
          tokenFilter,
          samplingRules);
    }
  }
}
