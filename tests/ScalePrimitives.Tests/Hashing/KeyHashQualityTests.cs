using System.Numerics;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Is the hash as good as random? Over fixed samples, so that every run gives the same figures.</summary>
public class KeyHashQualityTests
{
    [Theory]
    [InlineData(8, 20_000)]
    [InlineData(16, 10_000)]
    [InlineData(40, 3_000)]
    public void Flipping_any_bit_of_the_key_flips_every_bit_of_the_hash_half_of_the_time(int length, int samples)
    {
        // Of 64 × 8 · length frequencies, each deviates by ½/√samples; 5.5 deviations are exceeded by chance once in 10^7.
        double[] frequencies = CountFlips(length, samples).Select(count => (double)count / samples).ToArray();
        double deviation = 0.5 / Math.Sqrt(samples);
        Assert.All(frequencies, frequency => Assert.InRange(frequency, 0.5 - (5.5 * deviation), 0.5 + (5.5 * deviation)));
        Assert.InRange(frequencies.Average(), 0.5 - (5 * deviation / Math.Sqrt(frequencies.Length)), 0.5 + (5 * deviation / Math.Sqrt(frequencies.Length)));
    }

    [Fact]
    public void Any_two_bits_of_the_hash_flip_independently()
    {
        // The bit independence criterion (Webster and Tavares 1985): for each key bit, how two hash bits' flips correlate. A sample
        // correlation deviates by 1/√samples; of 64 · 63/2 · 64 of them 6.5 deviations are exceeded by chance once in 10^5.
        const int Samples = 4_000;
        var random = new Random(20_261_122);
        ulong[] keys = Enumerable.Range(0, Samples).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        for (int keyBit = 0; keyBit < 64; keyBit++)
        {
            // columns[bit] holds, a bit for each sample, whether that bit of the hash flipped: so a pair is one and and one count.
            ulong[][] columns = Enumerable.Range(0, 64).Select(_ => new ulong[(Samples + 63) / 64]).ToArray();
            for (int sample = 0; sample < Samples; sample++)
            {
                ulong flipped = KeyHash.Of(keys[sample]) ^ KeyHash.Of(keys[sample] ^ (1UL << keyBit));
                for (int bit = 0; bit < 64; bit++)
                {
                    columns[bit][sample / 64] |= ((flipped >> bit) & 1) << (sample % 64);
                }
            }

            int[] ones = columns.Select(column => column.Sum(BitOperations.PopCount)).ToArray();
            for (int i = 0; i < 64; i++)
            {
                for (int j = i + 1; j < 64; j++)
                {
                    int both = 0;
                    for (int word = 0; word < columns[i].Length; word++)
                    {
                        both += BitOperations.PopCount(columns[i][word] & columns[j][word]);
                    }

                    double p = (double)ones[i] / Samples;
                    double q = (double)ones[j] / Samples;
                    double correlation = (((double)both / Samples) - (p * q)) / Math.Sqrt(p * (1 - p) * q * (1 - q));
                    Assert.InRange(correlation * Math.Sqrt(Samples), -6.5, 6.5);
                }
            }
        }
    }

    [Fact]
    public void Keys_that_count_up_fill_slots_evenly_by_high_and_by_low_bits()
    {
        // 2^20 keys in 2^12 bins: chi squared has 4095 degrees of freedom, deviates by 90.5, and is within five of those.
        int[] high = new int[4096];
        int[] low = new int[4096];
        int[] text = new int[4096];
        for (int key = 0; key < 1 << 20; key++)
        {
            ulong hash = KeyHash.Of(key);
            high[hash >> 52]++;
            low[hash & 4095]++;
        }

        for (int key = 0; key < 1 << 18; key++)
        {
            text[KeyHash.Of(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"user:{key}")) >> 52]++;
        }

        Assert.InRange(ChiSquared(high), 4095 - 453, 4095 + 453);
        Assert.InRange(ChiSquared(low), 4095 - 453, 4095 + 453);
        Assert.InRange(ChiSquared(text), 4095 - 453, 4095 + 453);
    }

    private static int[] CountFlips(int length, int samples)
    {
        int[] counts = new int[length * 8 * 64];
        var random = new Random(length);
        byte[] key = new byte[length];
        for (int sample = 0; sample < samples; sample++)
        {
            random.NextBytes(key);
            ulong hash = KeyHash.Of(key);
            for (int keyBit = 0; keyBit < length * 8; keyBit++)
            {
                key[keyBit / 8] ^= (byte)(1 << (keyBit % 8));
                for (ulong flipped = hash ^ KeyHash.Of(key); flipped != 0; flipped &= flipped - 1)
                {
                    counts[(keyBit * 64) + BitOperations.TrailingZeroCount(flipped)]++;
                }

                key[keyBit / 8] ^= (byte)(1 << (keyBit % 8));
            }
        }

        return counts;
    }

    private static double ChiSquared(int[] bins)
    {
        double expected = bins.Average();
        return bins.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
