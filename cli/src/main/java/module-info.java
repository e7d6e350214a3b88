/** The mor command. */
@org.jspecify.annotations.NullMarked
module dev.mor4j.cli {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires dev.mor4j.quantize;
  requires dev.mor4j.runtime;
  requires info.picocli;
  requires jdk.management;
  requires static transitive org.jspecify;
  requires me.tongfei.progressbar;

  opens dev.mor4j.cli to
      info.picocli;
}
