package dev.mor4j.tokenizer;

import java.util.List;

/**
 * Ends a text before the first stop string in it. Fragments of text go in; text that cannot be part
 * of a stop string comes out. How the text is split into fragments makes no difference. The stop
 * string that is completed first counts; of several that are completed by the same character, the
 * longest.
 */
public final class StopMatcher {

  private final List<String> stops;
  // Text that was not returned yet, because it may be the start of a stop string.
  private final StringBuilder held = new StringBuilder();
  private boolean isMatched;

  /**
   * Creates a matcher for one text.
   *
   * @param stops the stop strings, none of them empty
   */
  public StopMatcher(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /** Whether a stop string was found: all further text is dropped. */
  public boolean isMatched() {
    return isMatched;
  }

  /**
   * Adds a fragment of text.
   *
   * @return the text that is certain to precede any stop string; empty after a match
   */
  public String accept(String fragment) {
    if (isMatched || stops.isEmpty()) {
      return isMatched ? "" : fragment;
    }
    int unread = held.length();
    held.append(fragment);
    for (int end = unread + 1; end <= held.length(); end++) {
      int start = longestStopEndingAt(end);
      if (start >= 0) {
        isMatched = true;
        return held.substring(0, start);
      }
    }
    return release(held.length() - partialStopLength());
  }

  /** Ends the text and returns what was held back; empty after a match. */
  public String finish() {
    return isMatched ? "" : release(held.length());
  }

  private String release(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** The start of the longest stop string that ends before {@code end}, or -1. */
  private int longestStopEndingAt(int end) {
    int first = -1;
    for (String stop : stops) {
      int start = end - stop.length();
      if (start >= 0 && (first < 0 || start < first) && hasPrefixAt(start, stop, stop.length())) {
        first = start;
      }
    }
    return first;
  }

  /** The length of the longest suffix of the held text that is a prefix of a stop string. */
  private int partialStopLength() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (hasPrefixAt(held.length() - length, stop, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /** Whether the first {@code length} characters of a stop string are held at {@code start}. */
  private boolean hasPrefixAt(int start, String stop, int length) {
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
