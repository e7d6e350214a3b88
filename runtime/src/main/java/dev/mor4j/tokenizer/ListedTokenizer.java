package dev.mor4j.tokenizer;

import java.util.List;
import java.util.Optional;

/** Builds a tokenizer from the lists of a GGUF file, with the pipelines that its names denote. */
final class ListedTokenizer {
  private static final String KIND = "tokenizer.ggml.model";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String VISIBLE_SPACE = "▁";

  private ListedTokenizer() {}

  static Tokenizer.Parts read(TokenLists lists) throws UnsupportedTokenizerException {
    return switch (lists.kind()) {
      case "gpt2" -> byteLevel(lists);
      case "llama" -> sentencePiece(lists);
      default ->
          throw UnsupportedTokenizerException.inFile(
              KIND, "gpt2 or llama", MessageText.quote(lists.kind()));
    };
  }

  private static Tokenizer.Parts byteLevel(TokenLists lists) throws UnsupportedTokenizerException {
    NamedPreTokenizer named = NamedPreTokenizer.of(lists.preTokenizer());
    ListedTokens tokens = new ListedTokens(lists.tokens(), lists.types());
    Vocabulary vocabulary = tokens.vocabulary();
    return new Tokenizer.Parts(
        named.normalizer(),
        named.preTokenizer(),
        new BpeModel(
            vocabulary,
            ListedMerges.of(lists.merges(), vocabulary),
            new BpeOptions(Vocabulary.NONE, false, false, named.takesWholeWords())),
        new Decoder.ByteLevel(),
        new AddedTokens(tokens.added(), named.normalizer()),
        Optional.empty());
  }

  private static Tokenizer.Parts sentencePiece(TokenLists lists)
      throws UnsupportedTokenizerException {
    ListedTokens tokens = new ListedTokens(lists.tokens(), lists.types());
    float[] scores = lists.scores();
    if (scores.length != 0 && scores.length != lists.tokens().size()) {
      throw UnsupportedTokenizerException.inFile(
          SCORES, "one score for each of " + lists.tokens().size() + " tokens", "" + scores.length);
    }
    Vocabulary vocabulary = tokens.vocabulary();
    TextNormalizer normalizer = visibleSpaces(lists.addsSpacePrefix());
    return new Tokenizer.Parts(
        normalizer,
        new PreTokenizer.None(),
        new BpeModel(
            vocabulary,
            ListedMerges.byScore(vocabulary, scores),
            new BpeOptions(tokens.unknownId(), true, true, false)),
        spaces(lists.addsSpacePrefix()),
        new AddedTokens(tokens.added(), normalizer),
        Optional.empty());
  }

  private static TextNormalizer visibleSpaces(boolean addsPrefix) {
    TextNormalizer spaces = new TextNormalizer.Replace(TextPattern.literal(" "), VISIBLE_SPACE);
    return addsPrefix
        ? new TextNormalizer.Chain(List.of(new TextNormalizer.Prepend(VISIBLE_SPACE), spaces))
        : spaces;
  }

  private static Decoder spaces(boolean addsPrefix) {
    return new Decoder.Chain(
        List.of(
            new Decoder.Replace(
                new TextNormalizer.Replace(TextPattern.literal(VISIBLE_SPACE), " ")),
            new Decoder.ByteFallback(),
            new Decoder.Fuse(),
            new Decoder.Strip(' ', addsPrefix ? 1 : 0, 0)));
  }
}
