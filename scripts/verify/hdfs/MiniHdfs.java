import java.io.File;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** One namenode and one datanode in the folder that is given; ends with its standard input. */
public final class MiniHdfs {
  public static void main(String[] arguments) throws Exception {
    Configuration settings = new Configuration();
    settings.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, new File(arguments[0]).getAbsolutePath());
    settings.setBoolean("dfs.permissions.enabled", true);
    try (MiniDFSCluster cluster = new MiniDFSCluster.Builder(settings).numDataNodes(1).build()) {
      cluster.waitActive();
      System.out.println("ready http://127.0.0.1:" + cluster.getNameNode().getHttpAddress().getPort());
      while (System.in.read() >= 0) { }
    }
    System.exit(0);
  }
}
