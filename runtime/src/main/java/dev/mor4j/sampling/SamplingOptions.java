package dev.mor4j.sampling;

import java.util.OptionalLong;

/**
 * What a request may set about sampling; the defaults are llama.cpp's. Valid once constructed.
 *
 * @param temperature divides the logits; 0 takes the most likely token
 * @param topK how many of the most likely tokens stay; 0 keeps all
 * @param topP the most likely tokens stay until their probabilities add up to this; 1 keeps all
 * @param minP tokens stay that are at least this times as likely as the most likely; 0 keeps all
 * @param repeatPenalty makes tokens seen before less likely; 1 changes nothing
 * @param repeatLastN how many tokens back count as seen before; 0 is none, -1 all
 * @param seed of the random draws; empty takes a new one each time
 */
public record SamplingOptions(
    float temperature,
    int topK,
    float topP,
    float minP,
    float repeatPenalty,
    int repeatLastN,
    OptionalLong seed) {

  /** What holds where a request says nothing. */
  public static final SamplingOptions DEFAULTS =
      new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 64, OptionalLong.empty());

  public SamplingOptions {
    check(
        temperature >= 0 && temperature <= Float.MAX_VALUE,
        "temperature",
        "0 or more",
        temperature);
    check(topK >= 0, "top-k", "0 or more", topK);
    check(topP >= 0 && topP <= 1, "top-p", "0..1", topP);
    check(minP >= 0 && minP <= 1, "min-p", "0..1", minP);
    check(
        repeatPenalty > 0 && repeatPenalty <= Float.MAX_VALUE,
        "repeat-penalty",
        "more than 0",
        repeatPenalty);
    check(repeatLastN >= -1, "repeat-last-n", "-1 or more", repeatLastN);
  }

  private static void check(boolean valid, String name, String expected, float found) {
    if (!valid) {
      String shown = found == Math.rint(found) ? "%.0f".formatted(found) : "" + found;
      throw new IllegalArgumentException(
          "%s: expected %s, found %s".formatted(name, expected, shown));
    }
  }

  public SamplingOptions withTemperature(float value) {
    return new SamplingOptions(value, topK, topP, minP, repeatPenalty, repeatLastN, seed);
  }

  public SamplingOptions withTopK(int value) {
    return new SamplingOptions(temperature, value, topP, minP, repeatPenalty, repeatLastN, seed);
  }

  public SamplingOptions withTopP(float value) {
    return new SamplingOptions(temperature, topK, value, minP, repeatPenalty, repeatLastN, seed);
  }

  public SamplingOptions withMinP(float value) {
    return new SamplingOptions(temperature, topK, topP, value, repeatPenalty, repeatLastN, seed);
  }

  public SamplingOptions withRepeatPenalty(float value) {
    return new SamplingOptions(temperature, topK, topP, minP, value, repeatLastN, seed);
  }

  public SamplingOptions withRepeatLastN(int value) {
    return new SamplingOptions(temperature, topK, topP, minP, repeatPenalty, value, seed);
  }

  public SamplingOptions withSeed(long value) {
    return new SamplingOptions(
        temperature, topK, topP, minP, repeatPenalty, repeatLastN, OptionalLong.of(value));
  }
}
