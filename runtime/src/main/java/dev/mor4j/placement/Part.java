package dev.mor4j.placement;

import dev.mor4j.model.InvalidConfigException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What can be placed by itself, its keys and values with it. */
public enum Part {
  /** The unshared first layer, where there is one; the token embedding stays on the CPU. */
  PRELUDE,
  /** The layers that every step reuses, with the routers; all layers of plain models. */
  BLOCK,
  /** The unshared last layer, where there is one, the last norm and the head. */
  CODA;

  /** As users write it. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a list such as {@code block,coda}.
   *
   * @throws InvalidConfigException if it has other words
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
