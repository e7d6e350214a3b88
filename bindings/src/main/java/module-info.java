/** Everything that knows C, and GGUF files. Nobody else sees a native address. */
@org.jspecify.annotations.NullMarked
module dev.mor4j.bindings {
  requires static transitive org.jspecify;

  exports dev.mor4j.files;
  exports dev.mor4j.ggml;
  exports dev.mor4j.gguf;
}
