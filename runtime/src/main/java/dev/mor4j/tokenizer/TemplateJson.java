package dev.mor4j.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** Reads which special tokens a post-processor puts around a single text. */
final class TemplateJson {

  private TemplateJson() {}

  static TokenTemplate read(JsonPart json) throws UnsupportedTokenizerException {
    if (json.isNull()) {
      return TokenTemplate.NONE;
    }
    return switch (json.get("type").text()) {
      case "TemplateProcessing" -> template(json);
      case "Sequence" -> {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        for (JsonPart part : json.get("processors").items()) {
          TokenTemplate inner = read(part);
          before.addAll(0, inner.before());
          after.addAll(inner.after());
        }
        yield new TokenTemplate(before, after);
      }
      default -> TokenTemplate.NONE; // others change offsets, or serve models of another kind
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
