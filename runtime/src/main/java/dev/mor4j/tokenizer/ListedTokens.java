package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tokens of a GGUF file, parted into those of the model and those that are found before it. */
final class ListedTokens {
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String TYPES = "tokenizer.ggml.token_type";

  // Every way to cut a token in two is looked at, so its length counts squared.
  private static final int LONGEST = 1024;

  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private final List<String> texts = new ArrayList<>();
  private final IntList ids = new IntList();
  private final List<AddedToken> added = new ArrayList<>();
  private int unknownId = Vocabulary.NONE;

  /**
   * Parts them.
   *
   * @throws UnsupportedTokenizerException if there is none, one is too long or comes twice, or
   *     their types are of another number
   */
  ListedTokens(List<String> tokens, int[] types) throws UnsupportedTokenizerException {
    if (tokens.isEmpty()) {
      throw UnsupportedTokenizerException.inFile(TOKENS, "at least one token", "none");
    }
    if (types.length != 0 && types.length != tokens.size()) {
      throw UnsupportedTokenizerException.inFile(
          TYPES, "one type for each of " + tokens.size() + " tokens", "" + types.length);
    }
    Set<String> seen = new HashSet<>();
    for (int id = 0; id < tokens.size(); id++) {
      String text = tokens.get(id);
      if (text.length() > LONGEST || !seen.add(text.isEmpty() ? "[EMPTY_" + id + "]" : text)) {
        throw UnsupportedTokenizerException.inFile(
            TOKENS + "[" + id + "]",
            "a token of its own, of at most " + LONGEST + " characters",
            MessageText.quote(text));
      }
      add(id, text, types.length == 0 ? 0 : types[id]);
    }
  }

  private void add(int id, String text, int type) {
    // Files with holes in their vocabulary have empty tokens, which nothing may match.
    if (text.isEmpty()) {
      return;
    }
    switch (type) {
      case UNKNOWN, CONTROL, USER_DEFINED ->
          added.add(new AddedToken(id, text, false, false, false, false, type != USER_DEFINED));
      default -> {
        texts.add(text);
        ids.add(id);
      }
    }
    if (type == UNKNOWN && unknownId == Vocabulary.NONE) {
      unknownId = id;
    }
  }

  /** The tokens of the model proper, with the ids that they have in the file. */
  Vocabulary vocabulary() throws UnsupportedTokenizerException {
    return Vocabulary.sparse(texts.toArray(String[]::new), ids.toArray());
  }

  /** Unknown, control and user-defined tokens. */
  List<AddedToken> added() {
    return List.copyOf(added);
  }

  /** The first token of the type unknown, or {@link Vocabulary#NONE}. */
  int unknownId() {
    return unknownId;
  }
}
