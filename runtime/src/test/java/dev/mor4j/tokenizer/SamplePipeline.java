package dev.mor4j.tokenizer;

/** Small tokenizers with the pipelines of published models. */
enum SamplePipeline {
  DEMO,
  GPT2,
  SMOLLM,
  LLAMA3,
  QWEN2,
  LLAMA2,
  MISTRAL_V3,
  GEMMA,
  DEEPSEEK,
  BEHAVIORS,
  NO_PIPELINE;

  static final String BYTE_LEVEL =
      "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':%s}";
  static final String BYTE_DECODER =
      "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}";

  private final String json = make();

  String json() {
    return json;
  }

  private String make() {
    return switch (this) {
      case DEMO -> TestTexts.resource("demo-tokenizer.json");
      case GPT2 ->
          SampleTokenizer.byteLevel()
              .preTokenizer(BYTE_LEVEL.formatted("true").replace("e':false", "e':true"))
              .decoder(BYTE_DECODER)
              .json();
      case SMOLLM ->
          SampleTokenizer.byteLevel()
              .added("<mask>", "'lstrip':true,'rstrip':true,'normalized':true,'special':false")
              .added("snake", "'single_word':true,'normalized':true,'special':false")
              .preTokenizer(
                  "{'type':'Sequence','pretokenizers':[{'type':'Digits','individual_digits':true},"
                      + BYTE_LEVEL.formatted("true")
                      + "]}")
              .decoder(BYTE_DECODER)
              .json();
      case LLAMA3 ->
          SampleTokenizer.byteLevel()
              .model("'ignore_merges':true")
              .oldMerges()
              .preTokenizer(
                  split(
                      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))
              .decoder(BYTE_DECODER)
              .json();
      case QWEN2 ->
          SampleTokenizer.byteLevel()
              .model("'continuing_subword_prefix':'','end_of_word_suffix':''")
              .normalizer("{'type':'NFC'}")
              .preTokenizer(
                  split(
                      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))
              .decoder(BYTE_DECODER)
              .json();
      case LLAMA2 ->
          SampleTokenizer.sentencePiece()
              .model("'unk_token':'<unk>','fuse_unk':true,'byte_fallback':true")
              .normalizer(
                  "{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'▁'},"
                      + "{'type':'Replace','pattern':{'String':' '},'content':'▁'}]}")
              .decoder(
                  "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},"
                      + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
                      + "{'type':'Strip','content':' ','start':1,'stop':0}]}")
              .json();
      case MISTRAL_V3 ->
          SampleTokenizer.sentencePiece()
              .model("'unk_token':'<unk>','fuse_unk':true,'byte_fallback':true")
              .preTokenizer(
                  "{'type':'Metaspace','replacement':'▁','prepend_scheme':'first','split':false}")
              .decoder(
                  "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'Regex':'▁'},"
                      + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
                      + "{'type':'Strip','content':' ','start':2,'stop':0}]}")
              .json();
      case GEMMA ->
          SampleTokenizer.sentencePiece()
              .model("'unk_token':'<unk>'")
              .normalizer(
                  "{'type':'Sequence','normalizers':[{'type':'NFKD'},{'type':'Lowercase'}]}")
              .preTokenizer(
                  "{'type':'Metaspace','replacement':'▁','prepend_scheme':'always','split':true}")
              .decoder(
                  "{'type':'Metaspace','replacement':'▁','prepend_scheme':'always','split':true}")
              .json();
      case DEEPSEEK ->
          SampleTokenizer.byteLevel()
              .normalizer("{'type':'NFKC'}")
              .preTokenizer(
                  "{'type':'Sequence','pretokenizers':["
                      + splitPart("Regex", "\\p{N}{1,3}", "Isolated", false)
                      + ","
                      + splitPart("Regex", "[一-龥ぁ-ゖァ-ヿ]+", "Isolated", false)
                      + ","
                      + splitPart(
                          "Regex",
                          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
                              + "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
                              + " ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                          "Isolated",
                          false)
                      + ","
                      + BYTE_LEVEL.formatted("false")
                      + "]}")
              .decoder(BYTE_DECODER)
              .json();
      case BEHAVIORS ->
          SampleTokenizer.byteLevel()
              .normalizer("{'type':'NFD'}")
              .preTokenizer(
                  "{'type':'Sequence','pretokenizers':["
                      + splitPart("Regex", "[^\\s]+", "MergedWithPrevious", true)
                      + ","
                      + splitPart("String", "e", "MergedWithNext", false)
                      + ","
                      + splitPart("Regex", "[.!?]", "Contiguous", false)
                      + ","
                      + splitPart("String", "--", "Removed", false)
                      + ",{'type':'Digits','individual_digits':false},"
                      + BYTE_LEVEL.formatted("false")
                      + "]}")
              .decoder(BYTE_DECODER)
              .json();
      case NO_PIPELINE ->
          SampleTokenizer.sentencePiece().model("'unk_token':'<unk>','fuse_unk':true").json();
    };
  }

  static String split(String regex) {
    return "{'type':'Sequence','pretokenizers':["
        + splitPart("Regex", regex, "Isolated", false)
        + ","
        + BYTE_LEVEL.formatted("false")
        + "]}";
  }

  static String splitPart(String kind, String pattern, String behavior, boolean inverted) {
    return "{'type':'Split','pattern':{'%s':%s},'behavior':'%s','invert':%s}"
        .formatted(kind, SampleTokenizer.quoted(pattern), behavior, inverted);
  }
}
