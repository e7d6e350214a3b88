package dev.mor4j.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the pipeline around the model: normalizer, pre-tokenizer, decoder. Components call each
 * other, so that their number is limited: no file can overflow the stack.
 */
final class ComponentsJson {
  private static final int MAX_COMPONENTS = 200;

  private int componentCount;

  private void count(JsonPart json) throws UnsupportedTokenizerException {
    if (++componentCount > MAX_COMPONENTS) {
      throw json.unlike("up to %s components in all".formatted(MAX_COMPONENTS));
    }
  }

  TextNormalizer normalizer(JsonPart json) throws UnsupportedTokenizerException {
    if (json.isNull()) {
      return new TextNormalizer.None();
    }
    count(json);
    JsonPart type = json.get("type");
    return switch (type.text()) {
      case "NFC" -> new TextNormalizer.UnicodeForm(Normalizer.Form.NFC);
      case "NFD" -> new TextNormalizer.UnicodeForm(Normalizer.Form.NFD);
      case "NFKC" -> new TextNormalizer.UnicodeForm(Normalizer.Form.NFKC);
      case "NFKD" -> new TextNormalizer.UnicodeForm(Normalizer.Form.NFKD);
      case "Lowercase" -> new TextNormalizer.Lowercase();
      case "Prepend" -> new TextNormalizer.Prepend(json.get("prepend").text());
      case "Replace" -> replace(json);
      case "Sequence" -> {
        List<TextNormalizer> parts = new ArrayList<>();
        for (JsonPart part : json.get("normalizers").items()) {
          parts.add(normalizer(part));
        }
        yield new TextNormalizer.Chain(parts);
      }
      default -> throw type.unlike("NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace or Sequence");
    };
  }

  PreTokenizer preTokenizer(JsonPart json) throws UnsupportedTokenizerException {
    if (json.isNull()) {
      return new PreTokenizer.None();
    }
    count(json);
    JsonPart type = json.get("type");
    return switch (type.text()) {
      case "ByteLevel" ->
          new PreTokenizer.ByteLevel(
              json.get("add_prefix_space").flag(), json.get("use_regex").flag(true));
      case "Digits" -> PreTokenizer.AtPattern.digits(json.get("individual_digits").flag());
      case "Split" ->
          new PreTokenizer.AtPattern(
              new Splitter(
                  pattern(json.get("pattern")),
                  splitBehavior(json.get("behavior")),
                  json.get("invert").flag(false)));
      case "Metaspace" ->
          new PreTokenizer.Metaspace(
              Character.toString(json.get("replacement").character()),
              prependScheme(json),
              json.get("split").flag(true));
      case "Sequence" -> {
        List<PreTokenizer> parts = new ArrayList<>();
        for (JsonPart part : json.get("pretokenizers").items()) {
          parts.add(preTokenizer(part));
        }
        yield new PreTokenizer.Chain(parts);
      }
      default -> throw type.unlike("ByteLevel, Digits, Metaspace, Split or Sequence");
    };
  }

  Decoder decoder(JsonPart json) throws UnsupportedTokenizerException {
    if (json.isNull()) {
      return new Decoder.Spaced();
    }
    count(json);
    JsonPart type = json.get("type");
    return switch (type.text()) {
      case "ByteLevel" -> new Decoder.ByteLevel();
      case "ByteFallback" -> new Decoder.ByteFallback();
      case "Fuse" -> new Decoder.Fuse();
      case "Replace" -> new Decoder.Replace(replace(json));
      case "Strip" ->
          new Decoder.Strip(
              json.get("content").character(), json.get("start").count(), json.get("stop").count());
      case "Metaspace" ->
          new Decoder.Metaspace(
              Character.toString(json.get("replacement").character()),
              prependScheme(json) != PreTokenizer.PrependScheme.NEVER);
      case "Sequence" -> {
        List<Decoder> parts = new ArrayList<>();
        for (JsonPart part : json.get("decoders").items()) {
          parts.add(decoder(part));
        }
        yield new Decoder.Chain(parts);
      }
      default ->
          throw type.unlike("ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip or Sequence");
    };
  }

  private static TextNormalizer.Replace replace(JsonPart json)
      throws UnsupportedTokenizerException {
    return new TextNormalizer.Replace(pattern(json.get("pattern")), json.get("content").text());
  }

  /** Reads a pattern: {@code {"String": "literal"}} or {@code {"Regex": "expression"}}. */
  private static TextPattern pattern(JsonPart json) throws UnsupportedTokenizerException {
    JsonPart literal = json.get("String");
    JsonPart regex = json.get("Regex");
    if (literal.isNull() == regex.isNull()) {
      throw json.unlike("a String or a Regex");
    }
    return literal.isNull()
        ? OnigurumaRegex.compile(regex.text(), regex.path())
        : TextPattern.literal(literal.text());
  }

  private static SplitBehavior splitBehavior(JsonPart json) throws UnsupportedTokenizerException {
    return switch (json.text()) {
      case "Removed" -> SplitBehavior.REMOVED;
      case "Isolated" -> SplitBehavior.ISOLATED;
      case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
      case "Contiguous" -> SplitBehavior.CONTIGUOUS;
      default ->
          throw json.unlike("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
    };
  }

  /** Reads {@code prepend_scheme}, or the older {@code add_prefix_space} where it is absent. */
  private static PreTokenizer.PrependScheme prependScheme(JsonPart json)
      throws UnsupportedTokenizerException {
    JsonPart scheme = json.get("prepend_scheme");
    if (scheme.isNull()) {
      return json.get("add_prefix_space").flag(true)
          ? PreTokenizer.PrependScheme.ALWAYS
          : PreTokenizer.PrependScheme.NEVER;
    }
    return switch (scheme.text()) {
      case "always" -> PreTokenizer.PrependScheme.ALWAYS;
      case "first" -> PreTokenizer.PrependScheme.FIRST;
      case "never" -> PreTokenizer.PrependScheme.NEVER;
      default -> throw scheme.unlike("always, first or never");
    };
  }
}
