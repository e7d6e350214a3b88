package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnsupportedTokenizerTest {

  private static final String VALID =
      """
      {'added_tokens':[{'id':3,'content':'<e>','single_word':false,'lstrip':false,
        'rstrip':false,'normalized':false,'special':true}],
       'normalizer':null,'pre_tokenizer':null,'post_processor':null,'decoder':null,
       'model':{'type':'BPE','vocab':{'a':0,'b':1,'ab':2},'merges':[['a','b']]}}
      """;

  @Test
  void acceptsTheFileThatOtherTestsBreak() throws Exception {
    assertThat(Tokenizer.fromJson(json(VALID)).encode("ab<e>")).containsExactly(2, 3);
  }

  // Each row breaks one part: the original text, its replacement, the message.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'type':'BPE' | 'type':'Unigram' | model.type: expected BPE, found "Unigram"
          'model': | 'modell': | model: expected a BPE model, found none
          {'type':'BPE' | 7,'x':{'type':'BPE' | model: expected an object, found 7
          'type':'BPE' | 'dropout':0.5 | model.dropout: expected null, found 0.5
          'type':'BPE' | 'end_of_word_suffix':'</w>' | model.end_of_word_suffix: expected null, found "</w>"
          'type':'BPE' | 'continuing_subword_prefix':'##' | model.continuing_subword_prefix: expected null, found "##"
          'type':'BPE' | 'byte_fallback':'yes' | model.byte_fallback: expected true or false, found "yes"
          'type':'BPE' | 'unk_token':'?' | model.unk_token: expected a token of the vocabulary, found "?"
          {'a':0,'b':1,'ab':2} | ['a'] | model.vocab: expected one object of tokens and their ids, found an array
          {'a':0,'b':1,'ab':2} | {} | model.vocab: expected at least one token, found none
          'b':1 | 'b':'1' | model.vocab."b": expected a token id, found "1"
          'b':1 | 'b':1.5 | model.vocab."b": expected a token id, found 1.5
          'b':1 | 'b':-1 | model.vocab."b": expected an id in 0..261, found -1
          'b':1 | 'b':2147483647 | model.vocab."b": expected an id in 0..261, found 2147483647
          'b':1 | 'b':99999999999 | model.vocab."b": expected a token id, found 99999999999
          'b':1 | 'b':0 | model.vocab."b": expected an unused id, found 0, the id of "a"
          'b':1 | 'a':1 | model.vocab."a": expected one entry, found two
          [['a','b']] | 'a b' | model.merges: expected one array of merges, found "a b"
          ['a','b'] | ['a'] | model.merges[0]: expected an array of two tokens, found "]"
          ['a','b'] | ['a',1] | model.merges[0]: expected an array of two tokens, found "1"
          ['a','b'] | 'ab' | model.merges[0]: expected two tokens with one space between, found "ab"
          ['a','b'] | 'a b c' | model.merges[0]: expected two tokens with one space between, found "a b c"
          ['a','b'] | ['a','c'] | model.merges[0]: expected tokens of the vocabulary, found "c"
          ['a','b'] | 'b a' | model.merges[0]: expected tokens of the vocabulary, found "ba"
          'id':3 | 'id':5 | added_tokens[0].id: expected 3 for "<e>", found 5
          'id':3 | 'id':-3 | added_tokens[0].id: expected a whole number from 0 to 2147483647, found -3
          '<e>' | '' | added_tokens[0].content: expected a token of at least one character, found ""
          'special':true | 'special':1 | added_tokens[0].special: expected true or false, found 1
          [{'id' | {'x':{'id' | found: Unexpected close marker
          'normalizer':null | 'normalizer':{'type':'Nmt'} | normalizer.type: expected NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace or Sequence, found "Nmt"
          'normalizer':null | 'normalizer':'NFC' | normalizer: expected an object, found "NFC"
          'normalizer':null | 'normalizer':{'type':'Sequence','normalizers':[{'type':'Prepend'}]} | normalizer.normalizers[0].prepend: expected a string, found null
          'normalizer':null | 'normalizer':{'type':'Replace','pattern':{},'content':''} | normalizer.pattern: expected a String or a Regex, found an object
          'pre_tokenizer':null | 'pre_tokenizer':{'type':'Whitespace'} | pre_tokenizer.type: expected ByteLevel, Digits, Metaspace, Split or Sequence, found "Whitespace"
          'pre_tokenizer':null | 'pre_tokenizer':{'type':'Split','pattern':{'String':'a'},'behavior':'Gone'} | pre_tokenizer.behavior: expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous, found "Gone"
          'pre_tokenizer':null | 'pre_tokenizer':{'type':'Metaspace','replacement':'__'} | pre_tokenizer.replacement: expected one character, found "__"
          'pre_tokenizer':null | 'pre_tokenizer':{'type':'Metaspace','replacement':'_','prepend_scheme':'x'} | pre_tokenizer.prepend_scheme: expected always, first or never, found "x"
          'decoder':null | 'decoder':{'type':'CTC'} | decoder.type: expected ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip or Sequence, found "CTC"
          'decoder':null | 'decoder':{'type':'Strip','content':' ','start':1e9,'stop':0} | decoder.start: expected a whole number from 0 to 2147483647, found 1.0E9
          """)
  void namesThePartThatIsWrong(String part, String broken, String message) {
    assertThat(VALID).contains(part);
    String json = json(VALID.replace(part, broken));

    assertThatThrownBy(() -> Tokenizer.fromJson(json))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith("tokenizer.json: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"``", "[]", "null", "`{} {}`", "`{\"model\":`", "nonsense"})
  void refusesFilesThatAreNoTokenizer(String json) {
    assertThatThrownBy(() -> Tokenizer.fromJson(json))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith("tokenizer.json: ");
  }

  @Test
  void refusesEveryTruncation() {
    String json = json(VALID).strip();

    for (int length = 0; length < json.length(); length++) {
      String truncated = json.substring(0, length);
      assertThatThrownBy(() -> Tokenizer.fromJson(truncated))
          .isInstanceOf(UnsupportedTokenizerException.class);
    }
  }

  @Test
  void changedCharactersCauseNoOtherException() {
    String json = SamplePipeline.LLAMA2.json();
    SplittableRandom random = new SplittableRandom(3);
    int refused = 0;

    for (int round = 0; round < 300; round++) {
      StringBuilder broken = new StringBuilder(json);
      for (int i = 0; i < 3; i++) {
        broken.setCharAt(random.nextInt(json.length()), json.charAt(random.nextInt(json.length())));
      }
      try {
        Tokenizer.fromJson(broken.toString()).encode("Once upon a time");
      } catch (UnsupportedTokenizerException e) {
        refused++;
      }
    }

    assertThat(refused).isGreaterThan(100);
  }

  private static String json(String singleQuoted) {
    return singleQuoted.replace('\'', '"');
  }
}
