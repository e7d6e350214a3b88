package dev.mor4j.request;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.StopConditions;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.MirostatOptions;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.XtcOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Everything that a request asks for except its prompt, one setting at a time. Settings that depend
 * on each other, such as Mirostat and its target, may come in any order. Setters check their values
 * at once and throw {@link IllegalArgumentException} for one that is out of range. Not thread-safe.
 */
public final class RequestSettings {
  private static final long DRAWN_SEED = -1;

  private SamplingOptionsBuilder sampling = SamplingOptions.builder();
  private int maxTokens = GenerationRequest.UNTIL_END;
  private List<String> stops = List.of();
  private boolean showsControlTokens;
  private RoutingMode routing = RoutingMode.TRAINED;
  private int maxDepth = RoutingMode.UNLIMITED;
  private int mirostatVersion;
  private MirostatOptions mirostat = MirostatOptions.DEFAULTS;
  private XtcOptions xtc = SamplingOptions.DEFAULTS.xtc();
  private OptionalLong seed = OptionalLong.empty();

  /** Settings with the defaults of {@link GenerationRequest#builder}. */
  public RequestSettings() {}

  /** Settings that start as a copy of others. */
  public RequestSettings(RequestSettings other) {
    sampling = other.sampling.build().toBuilder();
    maxTokens = other.maxTokens;
    stops = other.stops;
    showsControlTokens = other.showsControlTokens;
    routing = other.routing;
    maxDepth = other.maxDepth;
    mirostatVersion = other.mirostatVersion;
    mirostat = other.mirostat;
    xtc = other.xtc;
    seed = other.seed;
  }

  /** The sampling settings, except XTC, Mirostat and the seed, which have setters here. */
  public SamplingOptionsBuilder sampling() {
    return sampling;
  }

  /** Maximum number of tokens to generate, or {@link GenerationRequest#UNTIL_END}. */
  public void maxTokens(int count) {
    if (count < 1 && count != GenerationRequest.UNTIL_END) {
      throw new InvalidConfigException(
          "number of tokens", "1 or more, or -1 for no limit", String.valueOf(count));
    }
    maxTokens = count;
  }

  /** Strings before which the text ends. */
  public void stops(List<String> texts) {
    stops = new StopConditions(texts, Set.of()).texts(); // checks them
  }

  /** Whether control tokens are part of the text. */
  public void showsControlTokens(boolean isShown) {
    showsControlTokens = isShown;
  }

  /** Routing mode, as {@link RoutingMode#parse} reads it. */
  public void routing(String mode) {
    routing = RoutingMode.parse(mode);
  }

  /** Maximum recursion depth of a token. */
  public void maxDepth(int steps) {
    var _ = RoutingMode.TRAINED.limitedTo(steps); // checks the range
    maxDepth = steps;
  }

  /** Probability of an XTC cut. */
  public void xtcProbability(float probability) {
    xtc = new XtcOptions(probability, xtc.threshold());
  }

  /** Probability from which XTC removes tokens. */
  public void xtcThreshold(float threshold) {
    xtc = new XtcOptions(xtc.probability(), threshold);
  }

  /** Mirostat version: 0 is off, 2 is on. */
  public void mirostat(int version) {
    if (version != 0 && version != 2) {
      throw new InvalidConfigException(
          "mirostat", "0 (off) or 2 (version 1 is not supported)", String.valueOf(version));
    }
    mirostatVersion = version;
  }

  /** Target entropy of Mirostat in bits. */
  public void mirostatEntropy(float bits) {
    mirostat = new MirostatOptions(bits, mirostat.learningRate());
  }

  /** Learning rate of Mirostat. */
  public void mirostatRate(float rate) {
    mirostat = new MirostatOptions(mirostat.targetEntropy(), rate);
  }

  /** Seed of the random draws; -1 draws a new one for each request. */
  public void seed(long value) {
    seed = value == DRAWN_SEED ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /**
   * The request for a prompt. It always has a seed: without one in the settings, a new one is
   * drawn.
   *
   * @throws IllegalArgumentException if settings contradict each other, or the prompt is empty
   */
  public GenerationRequest request(String prompt) {
    long drawn = Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt());
    GenerationRequest.Builder request = GenerationRequest.builder();
    if (showsControlTokens) {
      request.showControlTokens();
    }
    return request
        .prompt(prompt)
        .maxTokens(maxTokens)
        .stop(stops)
        .routing(routing())
        .sampling(sampling(seed.orElse(drawn)))
        .build();
  }

  private RoutingMode routing() {
    return maxDepth == RoutingMode.UNLIMITED ? routing : routing.limitedTo(maxDepth);
  }

  private SamplingOptions sampling(long seedValue) {
    SamplingOptionsBuilder options = sampling.build().toBuilder().xtc(xtc).seed(seedValue);
    return (mirostatVersion == 0 ? options : options.mirostat(mirostat)).build();
  }

  /** The settings in one canonical order, to compare; drawn seeds are left out. */
  @Override
  public String toString() {
    SamplingOptions options = sampling(0);
    Map<Integer, Float> biases = new TreeMap<>(options.logitBias());
    return "n_predict=%s stop=%s special=%s routing=%s max_depth=%s seed=%s logit_bias=%s %s"
        .formatted(
            maxTokens,
            stops,
            showsControlTokens,
            routing,
            maxDepth,
            seed.isPresent() ? String.valueOf(seed.getAsLong()) : "drawn",
            biases,
            options.withLogitBias(Map.of()));
  }
}
