package dev.mor4j.perplexity;

import dev.mor4j.engine.Model;
import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Determines which tokens of a text are scored, and how much text precedes them. */
public enum Scoring {
  /**
   * Scores every position of windows that do not overlap. Documents are separated by lines {@value
   * #SEPARATOR}; each starts with the model's BOS token, if it has one.
   */
  ALL {
    @Override
    int[] tokens(Model model, String text) throws IOException {
      List<int[]> documents = new ArrayList<>();
      for (String document : BETWEEN_DOCUMENTS.split(text, -1)) {
        documents.add(model.encode(document));
      }
      return documents.stream().flatMapToInt(Arrays::stream).toArray();
    }

    @Override
    List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos) {
      return starts((tokens.length - 1) / size, size)
          .mapToObj(
              start ->
                  new ScoredWindow(
                      Arrays.copyOfRange(tokens, start, start + size),
                      0,
                      Arrays.copyOfRange(tokens, start + 1, start + size + 1)))
          .toList();
    }
  },

  /**
   * Scores the second half of each window, as llama.cpp's perplexity tool does. The text is one
   * document, special tokens in it are plain text, and the BOS token replaces the first token of
   * each window.
   */
  HALF {
    @Override
    int[] tokens(Model model, String text) throws IOException {
      int[] ids = model.tokenizer().encodeOrdinary(text);
      OptionalInt bos = model.bosToken();
      return bos.isEmpty()
          ? ids
          : IntStream.concat(IntStream.of(bos.getAsInt()), Arrays.stream(ids)).toArray();
    }

    @Override
    List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos) {
      return starts(tokens.length / size, size)
          .mapToObj(
              start -> {
                int[] inputs = Arrays.copyOfRange(tokens, start, start + size);
                bos.ifPresent(token -> inputs[0] = token);
                int first = size / 2;
                return new ScoredWindow(
                    inputs, first, Arrays.copyOfRange(tokens, start + first + 1, start + size));
              })
          .toList();
    }
  };

  /** The line that separates documents. White space after it and CRLF line ends are allowed. */
  public static final String SEPARATOR = "<|endoftext|>";

  private static final Pattern BETWEEN_DOCUMENTS =
      Pattern.compile("\\r?\\n" + Pattern.quote(SEPARATOR) + "[ \\t]*\\r?\\n");

  /** The second half of a smaller window has no scored position. */
  static final int SMALLEST_WINDOW = 4;

  abstract int[] tokens(Model model, String text) throws IOException;

  abstract List<ScoredWindow> windows(int[] tokens, int size, OptionalInt bos);

  /**
   * Cuts texts into windows. A window has tokens of one text only; the rest of a text that does not
   * fill a window is left out.
   *
   * @param texts the texts, without a line break at their ends
   * @param size inputs per window
   * @throws InvalidConfigException if the size is out of range, or a text does not fill one window
   */
  public ScoredText cut(Model model, List<String> texts, int size) throws IOException {
    int contextLength = model.config().contextLength();
    if (size < SMALLEST_WINDOW || size > contextLength) {
      throw new InvalidConfigException(
          "window size",
          SMALLEST_WINDOW + ".." + contextLength + " (the model's context)",
          String.valueOf(size));
    }
    List<ScoredWindow> windows = new ArrayList<>();
    for (String text : texts) {
      int[] tokens = tokens(model, text);
      List<ScoredWindow> textWindows = windows(tokens, size, model.bosToken());
      if (textWindows.isEmpty()) {
        throw new InvalidConfigException(
            "text",
            "at least " + (this == ALL ? size + 1 : size) + " tokens for a window of " + size,
            tokens.length + " tokens");
      }
      windows.addAll(textWindows);
    }
    return new ScoredText(windows);
  }

  private static IntStream starts(int count, int size) {
    return IntStream.range(0, count).map(window -> window * size);
  }
}
