/** Conversion of checkpoints to GGUF files, quantization, and importance matrices. */
@org.jspecify.annotations.NullMarked
module dev.mor4j.quantize {
  requires com.fasterxml.jackson.databind;
  requires transitive dev.mor4j.bindings;
  requires transitive dev.mor4j.runtime;
  requires static transitive org.jspecify;
  requires org.yaml.snakeyaml;
  requires pickle;

  exports dev.mor4j.quantize;
  exports dev.mor4j.quantize.checkpoint;
  exports dev.mor4j.quantize.importance;
}
