package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the special tokens that a post-processor puts around a single text. */
final class TemplateJson {

  private TemplateJson() {}

  static Optional<TokenTemplate> read(JsonPart json) throws UnsupportedTokenizerException {
    if (json.isNull()) {
      return Optional.empty();
    }
    return switch (json.get("type").text()) {
      case "TemplateProcessing" -> Optional.of(template(json));
      case "Sequence" -> {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        boolean hasTemplate = false;
        for (JsonPart part : json.get("processors").items()) {
          Optional<TokenTemplate> inner = read(part);
          if (inner.isPresent()) {
            hasTemplate = true;
            before.addAll(0, inner.get().before());
            after.addAll(inner.get().after());
          }
        }
        yield hasTemplate ? Optional.of(new TokenTemplate(before, after)) : Optional.empty();
      }
      default -> Optional.empty(); // others change offsets, or are for other kinds of models
    };
  }

  private static TokenTemplate template(JsonPart json) throws UnsupportedTokenizerException {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    boolean textSeen = false;
    for (JsonPart item : json.get("single").items()) {
      JsonPart special = item.get("SpecialToken");
      if (special.isNull()) {
        textSeen = true;
        continue;
      }
      JsonPart token = json.get("special_tokens").get(special.get("id").text());
      for (JsonPart id : token.get("ids").items()) {
        (textSeen ? after : before).add(id.count());
      }
    }
    return new TokenTemplate(before, after);
  }
}
