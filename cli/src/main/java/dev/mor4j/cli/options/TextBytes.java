package dev.mor4j.cli.options;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;

/**
 * Decodes the bytes of text files and of standard input, as every command reads them: UTF-8, with
 * or without a byte order mark. Windows line ends (CRLF) become LF, so that a file means the same
 * on every system.
 */
final class TextBytes {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private TextBytes() {}

  /**
   * Decodes a whole text. One line end at its very end is left out.
   *
   * @param source the file's name, for messages
   * @throws FileSystemException if the bytes are not UTF-8, naming the first invalid one
   */
  static String decode(String source, byte[] bytes) throws FileSystemException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer unread = ByteBuffer.wrap(bytes);
    CharBuffer decoded = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(unread, decoded, true);
    if (result.isError()) {
      throw new FileSystemException(
          source, null, "invalid UTF-8 at byte %s%s".formatted(unread.position(), hint(bytes)));
    }
    String text = decoded.flip().toString().replace("\r\n", "\n");
    int start = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
    int end = text.endsWith("\n") ? text.length() - 1 : text.length();
    return text.substring(Math.min(start, end), end);
  }

  private static String hint(byte[] bytes) {
    if (bytes.length < 2) {
      return "";
    }
    int mark = ((bytes[0] & 0xFF) << 8) | (bytes[1] & 0xFF);
    boolean isUtf16 = mark == 0xFFFE || mark == 0xFEFF;
    return isUtf16 ? ": the file is UTF-16, save it as UTF-8" : "";
  }
}
