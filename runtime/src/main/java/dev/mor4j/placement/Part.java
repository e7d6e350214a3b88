package dev.mor4j.placement;

import dev.mor4j.model.InvalidConfigException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A part of a model that can be placed on a device of its own, with its keys and values. */
public enum Part {
  /** The unshared first layer, if there is one; the token embedding stays on the CPU. */
  PRELUDE,
  /** The shared block with the routers; all layers of models without recursion. */
  BLOCK,
  /** The unshared last layer, if there is one, the final norm and the head. */
  CODA;

  /** The name in lists, such as {@code block}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Parses a list such as {@code block,coda}.
   *
   * @throws InvalidConfigException if it contains an unknown name
   */
  public static Set<Part> parse(String list) {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String word : list.split(",", -1)) {
      parts.add(
          Arrays.stream(values())
              .filter(part -> part.key().equalsIgnoreCase(word.strip()))
              .findFirst()
              .orElseThrow(
                  () -> new InvalidConfigException("device parts", "some of " + keys(), list)));
    }
    return parts;
  }

  private static String keys() {
    return Arrays.stream(values()).map(Part::key).collect(Collectors.joining(", "));
  }
}
