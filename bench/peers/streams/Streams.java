import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.crypto.tink.DeterministicAead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.daead.DeterministicAeadConfig;
import com.google.crypto.tink.daead.PredefinedDeterministicAeadParameters;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * What a Java team would write itself to pseudonymize a topic: Kafka Streams, Jackson's tree, Tink's AES-SIV for each field;
 * a thread for each core, and otherwise the defaults of Kafka Streams and of the Java machine. Its keyset is a new one in
 * memory. It runs until it is killed. Without --broker it replaces the fields of each line of its input.
 */
public final class Streams {
  private record Field(String[] parents, String name, byte[] domain, boolean lower) {}

  private final ObjectMapper json = new ObjectMapper();
  private final List<Field> fields = new ArrayList<>();
  private final DeterministicAead cipher;

  private Streams(String fields, String lower) throws GeneralSecurityException {
    Set<String> lowered = new HashSet<>(Arrays.asList(lower.split(",")));
    for (String path : fields.split(",")) {
      String[] names = path.split("\\.");
      boolean low = lowered.contains(path);
      byte[] domain = (low ? "email" : "id").getBytes(StandardCharsets.UTF_8);
      this.fields.add(new Field(Arrays.copyOf(names, names.length - 1), names[names.length - 1], domain, low));
    }
    DeterministicAeadConfig.register();
    cipher = KeysetHandle.generateNew(PredefinedDeterministicAeadParameters.AES256_SIV)
        .getPrimitive(RegistryConfiguration.get(), DeterministicAead.class);
  }

  private byte[] replace(byte[] value) {
    try {
      JsonNode tree = json.readTree(value);
      for (Field f : fields) {
        JsonNode at = tree;
        for (String name : f.parents) {
          at = at.path(name);
        }
        JsonNode found = at.path(f.name);
        if (!found.isTextual()) {
          continue;
        }
        String text = f.lower ? found.textValue().strip().toLowerCase(Locale.ROOT) : found.textValue();
        byte[] sealed = cipher.encryptDeterministically(text.getBytes(StandardCharsets.UTF_8), f.domain);
        ((ObjectNode) at).put(f.name, Base64.getUrlEncoder().withoutPadding().encodeToString(sealed));
      }
      return json.writeValueAsBytes(tree);
    } catch (Exception e) {
      throw new IllegalStateException("a record could not be replaced: " + e.getClass().getName());
    }
  }

  private void run(Map<String, String> args) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args.get("--sink"));
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args.get("--broker"));
    config.put(StreamsConfig.STATE_DIR_CONFIG, args.get("--state"));
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args.getOrDefault("--guarantee", StreamsConfig.AT_LEAST_ONCE));
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Runtime.getRuntime().availableProcessors());
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), args.getOrDefault("--compression", "none"));
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args.get("--source"), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .mapValues(this::replace)
        .to(args.get("--sink"), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    streams.setUncaughtExceptionHandler(e -> {
      System.err.println("streams: " + e);
      Runtime.getRuntime().halt(1);
      return null;
    });
    streams.start();
  }

  public static void main(String[] words) throws Exception {
    Map<String, String> args = new HashMap<>();
    for (int i = 0; i + 1 < words.length; i += 2) {
      args.put(words[i], words[i + 1]);
    }
    Streams streams = new Streams(args.getOrDefault("--fields", ""), args.getOrDefault("--lower", ""));
    if (args.containsKey("--broker")) {
      streams.run(args);
      return;
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line; (line = lines.readLine()) != null; ) {
      out.println(new String(streams.replace(line.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8));
    }
  }
}
