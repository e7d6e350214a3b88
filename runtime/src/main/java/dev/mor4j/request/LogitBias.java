package dev.mor4j.request;

import dev.mor4j.model.InvalidConfigException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads biases of tokens in llama.cpp's notation: {@code 15043+1.5}, {@code 15043-inf}. */
public final class LogitBias {
  private static final Pattern BIAS = Pattern.compile("(\\d{1,9})([+-])([\\d.eE-]+|inf)");

  private LogitBias() {}

  /**
   * Reads a list of biases. Biases of the same token add up.
   *
   * @throws InvalidConfigException if one is malformed
   */
  public static Map<Integer, Float> parse(List<String> texts) {
    Map<Integer, Float> biasByToken = new HashMap<>();
    for (String text : texts) {
      Matcher parts = BIAS.matcher(text);
      if (!parts.matches()) {
        throw refusal(text);
      }
      biasByToken.merge(Integer.parseInt(parts.group(1)), bias(parts, text), Float::sum);
    }
    return biasByToken;
  }

  private static float bias(Matcher parts, String text) {
    float sign = parts.group(2).equals("-") ? -1 : 1;
    if (parts.group(3).equals("inf") && sign < 0) {
      return Float.NEGATIVE_INFINITY;
    }
    try {
      float bias = sign * Float.parseFloat(parts.group(3));
      if (Float.isFinite(bias)) {
        return bias;
      }
      throw refusal(text);
    } catch (NumberFormatException noNumber) {
      throw refusal(text);
    }
  }

  private static InvalidConfigException refusal(String found) {
    return new InvalidConfigException(
        "logit-bias", "a token id, + or -, and a number, as in 15043-1.5", found);
  }
}
