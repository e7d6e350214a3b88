package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokens beside the model's vocabulary, or lifted out of it, by id and by text. */
final class AddedTokens {

  private final Map<Integer, AddedToken> byId = new HashMap<>();
  private final Map<String, AddedToken> byContent = new HashMap<>();
  private final AddedTokenMatcher inRawText;
  private final AddedTokenMatcher inNormalizedText;

  AddedTokens(List<AddedToken> tokens, TextNormalizer normalizer) {
    List<AddedTokenMatcher.Spelling> raw = new ArrayList<>();
    List<AddedTokenMatcher.Spelling> normalized = new ArrayList<>();
    for (AddedToken token : tokens) {
      byId.put(token.id(), token);
      byContent.put(token.content(), token);
      String spelling = token.normalized() ? normalizer.apply(token.content()) : token.content();
      if (!spelling.isEmpty()) {
        (token.normalized() ? normalized : raw)
            .add(new AddedTokenMatcher.Spelling(spelling, token));
      }
    }
    inRawText = new AddedTokenMatcher(raw);
    inNormalizedText = new AddedTokenMatcher(normalized);
  }

  @Nullable AddedToken get(int id) {
    return byId.get(id);
  }

  @Nullable AddedToken get(String content) {
    return byContent.get(content);
  }

  /** Finds the tokens that are looked for before normalization. */
  AddedTokenMatcher inRawText() {
    return inRawText;
  }

  /** Finds the tokens that are looked for after normalization. */
  AddedTokenMatcher inNormalizedText() {
    return inNormalizedText;
  }

  /** One more than the highest id, 0 without tokens. */
  int idCount() {
    return byId.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
  }
}
