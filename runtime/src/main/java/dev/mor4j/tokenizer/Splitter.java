package dev.mor4j.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;

/**
 * Splits a text at the matches of a pattern.
 *
 * @param inverted whether the text between the matches is the delimiter
 */
record Splitter(TextPattern delimiter, SplitBehavior behavior, boolean inverted) {

  Splitter(TextPattern delimiter, SplitBehavior behavior) {
    this(delimiter, behavior, false);
  }

  /** Emits the pieces in order, without empty ones. */
  void split(Piece piece, Consumer<Piece> out) {
    Spans spans = spans(piece.text());
    switch (behavior) {
      case ISOLATED -> spans.forEach(piece, out);
      case REMOVED -> spans.withoutDelimiters().forEach(piece, out);
      case MERGED_WITH_PREVIOUS -> spans.mergedWithPrevious().forEach(piece, out);
      case MERGED_WITH_NEXT -> spans.mergedWithNext().forEach(piece, out);
      case CONTIGUOUS -> spans.contiguous().forEach(piece, out);
    }
  }

  private Spans spans(String text) {
    Spans spans = new Spans();
    Matcher matcher = delimiter.matcher(text);
    int end = 0;
    while (matcher.find()) {
      if (matcher.start() != end) {
        spans.add(end, matcher.start(), inverted);
      }
      end = matcher.end();
      spans.add(matcher.start(), end, !inverted);
    }
    if (end != text.length()) {
      spans.add(end, text.length(), inverted);
    }
    return spans;
  }

  /** Spans of a text, in order; each is a delimiter or not. */
  private static final class Spans {

    private final IntList starts = new IntList();
    private final IntList ends = new IntList();
    private final IntList delimiters = new IntList();

    void add(int start, int end, boolean isDelimiter) {
      starts.add(start);
      ends.add(end);
      delimiters.add(isDelimiter ? 1 : 0);
    }

    void forEach(Piece piece, Consumer<Piece> out) {
      for (int i = 0; i < starts.size(); i++) {
        if (starts.get(i) < ends.get(i)) {
          out.accept(piece.part(starts.get(i), ends.get(i)));
        }
      }
    }

    Spans withoutDelimiters() {
      Spans kept = new Spans();
      for (int i = 0; i < starts.size(); i++) {
        if (!isDelimiter(i)) {
          kept.copy(this, i);
        }
      }
      return kept;
    }

    Spans contiguous() {
      Spans merged = new Spans();
      for (int i = 0; i < starts.size(); i++) {
        if (i > 0 && isDelimiter(i) == isDelimiter(i - 1)) {
          merged.extendLast(ends.get(i));
        } else {
          merged.copy(this, i);
        }
      }
      return merged;
    }

    Spans mergedWithPrevious() {
      Spans merged = new Spans();
      for (int i = 0; i < starts.size(); i++) {
        if (i > 0 && isDelimiter(i) && !isDelimiter(i - 1)) {
          merged.extendLast(ends.get(i));
        } else {
          merged.copy(this, i);
        }
      }
      return merged;
    }

    Spans mergedWithNext() {
      Spans merged = new Spans();
      for (int i = 0; i < starts.size(); i++) {
        if (i > 0 && isDelimiter(i - 1) && !isDelimiter(i)) {
          merged.extendLast(ends.get(i));
        } else {
          merged.copy(this, i);
        }
      }
      return merged;
    }

    private boolean isDelimiter(int i) {
      return delimiters.get(i) == 1;
    }

    private void copy(Spans other, int i) {
      add(other.starts.get(i), other.ends.get(i), other.isDelimiter(i));
    }

    private void extendLast(int end) {
      ends.set(ends.size() - 1, end);
    }
  }
}
