import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites class files for Java 5 in a jar of the launcher as class files for Java 8: the JVM's start-up cache does not take
 * older ones, and verifying them takes long. Changes a build product only: {@code java ModernClasses.java LIB/picocli-*.jar}.
 */
final class ModernClasses {
  private static final int OLDEST_IN_CACHE = 50;

  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private final ClassFile classes =
      ClassFile.of(
          ClassFile.ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(type -> bytesOf(type.descriptorString())).cached()),
          ClassFile.StackMapsOption.GENERATE_STACK_MAPS);

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      new ModernClasses().rewrite(Path.of(jar));
    }
  }

  private InputStream bytesOf(String descriptor) {
    String name = descriptor.substring(1, descriptor.length() - 1) + ".class";
    byte[] own = entries.get(name);
    return own != null ? new ByteArrayInputStream(own) : ClassLoader.getSystemResourceAsStream(name);
  }

  private void rewrite(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().filter(each -> !each.isDirectory()).toList()) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    // Not createTempFile: only its owner may read such a file, but other users run mor too.
    Path rewritten = jar.resolveSibling("." + jar.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    try (ZipOutputStream out =
        new ZipOutputStream(Files.newOutputStream(rewritten, StandardOpenOption.CREATE_NEW))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getKey().endsWith(".class") ? modern(entry.getValue()) : entry.getValue());
      }
    }
    Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private byte[] modern(byte[] bytes) {
    ClassModel model = classes.parse(bytes);
    return model.majorVersion() >= OLDEST_IN_CACHE ? bytes : classes.transformClass(model, ModernClasses::accept);
  }

  /** Code passes through the builder, which adds the stack maps that later class file versions require. */
  private static void accept(ClassBuilder builder, ClassElement element) {
    switch (element) {
      case ClassFileVersion old -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
      case MethodModel method when method.code().isPresent() ->
          builder.transformMethod(method, MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
      default -> builder.with(element);
    }
  }
}
