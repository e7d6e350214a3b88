package dev.mor4j.engine;

import java.util.List;

/**
 * Ends a text at the first stop string that comes to its end in it. Pieces of text go in, pieces
 * that no stop string can reach into any more come out; how the text is cut into pieces makes no
 * difference. Of stop strings that end at the same place, the one that begins first counts.
 */
final class StopMatcher {

  private final List<String> stops;
  // Text not given out yet: the beginning of a stop string, perhaps.
  private final StringBuilder held = new StringBuilder();
  private boolean isMatched;

  /**
   * @param stops none of them empty
   */
  StopMatcher(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /** Whether a stop string has come: nothing follows then. */
  boolean isMatched() {
    return isMatched;
  }

  /**
   * Takes the next piece of text.
   *
   * @return the text that is certain to come before any stop string; empty after a match
   */
  String accept(String piece) {
    if (isMatched || stops.isEmpty()) {
      return isMatched ? "" : piece;
    }
    int unread = held.length();
    held.append(piece);
    for (int end = unread + 1; end <= held.length(); end++) {
      int start = firstStopThatEnds(end);
      if (start >= 0) {
        isMatched = true;
        return held.substring(0, start);
      }
    }
    return release(held.length() - possibleBeginning());
  }

  /** The text held back, once no more comes; empty after a match. */
  String finish() {
    return isMatched ? "" : release(held.length());
  }

  private String release(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** Where a stop string begins that ends right before {@code end}; -1 if none does. */
  private int firstStopThatEnds(int end) {
    int first = -1;
    for (String stop : stops) {
      int start = end - stop.length();
      if (start >= 0 && (first < 0 || start < first) && holds(start, stop, stop.length())) {
        first = start;
      }
    }
    return first;
  }

  /** The length of the longest end of the text with which a stop string begins. */
  private int possibleBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (holds(held.length() - length, stop, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /** Whether the first {@code length} characters of a stop string stand at {@code start}. */
  private boolean holds(int start, String stop, int length) {
    for (int i = 0; i < length; i++) {
      if (held.charAt(start + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
