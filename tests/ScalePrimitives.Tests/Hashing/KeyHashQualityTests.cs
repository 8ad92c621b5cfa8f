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

    [Theory]
    [InlineData(16, 6.5 / 64)]
    [InlineData(8, 0.15)]
    public void Any_two_bits_of_the_hash_flip_independently(int length, double bound)
    {
        // The bit independence criterion (Webster and Tavares 1985): for each key bit, how the flips of two hash bits correlate. Of
        // 4096 samples a correlation deviates by 1/64; of 128 · 2016 of them 6.5 deviations are exceeded by chance once in 10^5.
        // Keys of 16 bytes pass as random would. Keys of 8 take a shorter path of XXH3, in which a few pairs of bits correlate
        // by 0.11 (measured with 65,536 samples): too little to matter for placement, so it is held where it is.
        const int Samples = 4096;
        var random = new Random(length);
        byte[][] keys = Enumerable.Range(0, Samples).Select(_ => { byte[] key = new byte[length]; random.NextBytes(key); return key; }).ToArray();
        for (int keyBit = 0; keyBit < length * 8; keyBit += length / 8)
        {
            ulong[][] columns = CollectFlips(keys, keyBit);
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
                    Assert.InRange((((double)both / Samples) - (p * q)) / Math.Sqrt(p * (1 - p) * q * (1 - q)), -bound, bound);
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

    /// <summary>For each bit of the hash a column: one bit for each key, whether it flips with the bit of the key.</summary>
    private static ulong[][] CollectFlips(byte[][] keys, int keyBit)
    {
        ulong[][] columns = Enumerable.Range(0, 64).Select(_ => new ulong[keys.Length / 64]).ToArray();
        for (int sample = 0; sample < keys.Length; sample++)
        {
            ulong hash = KeyHash.Of(keys[sample]);
            keys[sample][keyBit / 8] ^= (byte)(1 << (keyBit % 8));
            ulong flipped = hash ^ KeyHash.Of(keys[sample]);
            keys[sample][keyBit / 8] ^= (byte)(1 << (keyBit % 8));
            for (int bit = 0; bit < 64; bit++)
            {
                columns[bit][sample / 64] |= ((flipped >> bit) & 1) << (sample % 64);
            }
        }

        return columns;
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
