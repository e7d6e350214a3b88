package dev.mor4j.quantize.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StoredZipTest {
  private static final Path FILE = Path.of("archive.bin");
  private static final byte[] CONTENT = "tensors".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NAME = "data/0".getBytes(StandardCharsets.US_ASCII);

  /** One entry whose sizes and place are in zip64 fields, as in a file over 4 GiB. */
  private static ByteBuffer zip64() {
    ByteBuffer zip = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).position(26);
    zip.putShort((short) NAME.length).putShort((short) 0).put(NAME).put(CONTENT);
    int directory = zip.position();
    zip.putInt(0x02014b50).position(directory + 20);
    zip.putInt(-1).putInt(-1).putShort((short) NAME.length).putShort((short) (5 + 28));
    zip.position(directory + 42);
    zip.putInt(-1).put(NAME);
    zip.putShort((short) 99).putShort((short) 1).put((byte) 7); // some other extra field
    zip.putShort((short) 1).putShort((short) 24);
    zip.putLong(CONTENT.length).putLong(CONTENT.length).putLong(0);
    int end64 = zip.position();
    zip.putInt(0x06064b50).position(end64 + 40);
    zip.putLong(end64 - directory).putLong(directory);
    zip.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
    int end = zip.position();
    zip.putInt(0x06054b50).position(end + 12);
    zip.putInt(-1).putInt(-1).putShort((short) 0);
    return zip.flip();
  }

  private static StoredZip read(ByteBuffer zip) throws IOException {
    return StoredZip.read(FILE, MemorySegment.ofBuffer(zip));
  }

  @Test
  void readsEntriesOfZip64() throws IOException {
    StoredZip zip = read(zip64());

    assertThat(zip.names()).containsExactly("data/0");
    assertThat(zip.content("data/0").orElseThrow().toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(CONTENT);
    assertThat(zip.content("data/1")).isEmpty();
  }

  @Test
  void refusesACompressedEntry() throws IOException {
    ByteBuffer bytes = zip64();
    bytes.put(30 + NAME.length + CONTENT.length + 10, (byte) 8);
    StoredZip zip = read(bytes);

    assertThatThrownBy(() -> zip.content("data/0"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("data/0 is compressed");
  }

  @Test
  void refusesAnEntryThatEndsOutsideTheFile() throws IOException {
    ByteBuffer bytes = zip64();
    int sizes = 30 + NAME.length + CONTENT.length + 46 + NAME.length + 5 + 4;
    bytes.putLong(sizes, Long.MAX_VALUE).putLong(sizes + 8, Long.MAX_VALUE);
    StoredZip zip = read(bytes);

    assertThatThrownBy(() -> zip.content("data/0"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("it is cut off");
  }
}
