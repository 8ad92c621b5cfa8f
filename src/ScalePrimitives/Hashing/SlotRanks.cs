using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace ScalePrimitives.Hashing;

/// <summary>The permutations of all nodes, undone for eight nodes at once: at which rank does each visit a slot?</summary>
/// <remarks>
/// The keys of eight nodes lie together, those of a round side by side: the factors of the eight, then their addends. What is
/// computed for the padding of the last eight belongs to no node. <see cref="SlotPermutation"/> is the definition, one node at a time.
/// </remarks>
internal sealed class SlotRanks
{
    public const int Lanes = 8;

    private const int KeysPerNode = 2 * SlotPermutation.Rounds;

    private readonly uint[] _keys;
    private readonly uint _mask;
    private readonly int _shift;

    public SlotRanks(int bits, int nodes)
    {
        _keys = new uint[Padded(nodes) * KeysPerNode];
        _mask = (uint)((1UL << bits) - 1);
        _shift = SlotPermutation.ShiftOf(bits);
    }

    /// <summary>The number of nodes rounded up to whole vectors.</summary>
    public static int Padded(int nodes) => (nodes + Lanes - 1) / Lanes * Lanes;

    public void Set(int node, SlotPermutation order)
    {
        for (int round = 0; round < SlotPermutation.Rounds; round++)
        {
            (_keys[IndexOf(node, 2 * round)], _keys[IndexOf(node, (2 * round) + 1)]) = order.Inverse(round);
        }
    }

    public void Copy(int node, SlotRanks source, int sourceNode)
    {
        for (int key = 0; key < KeysPerNode; key++)
        {
            _keys[IndexOf(node, key)] = source._keys[IndexOf(sourceNode, key)];
        }
    }

    /// <summary>The ranks at which eight nodes visit a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="firstNode">The first of the eight, a multiple of eight.</param>
    public Vector256<uint> At(int slot, int firstNode)
    {
        Debug.Assert(firstNode % Lanes == 0 && firstNode * KeysPerNode < _keys.Length, "All that is read lies in the array: it holds whole vectors.");
        ref uint keys = ref _keys[firstNode * KeysPerNode];
        Vector256<uint> mask = Vector256.Create(_mask);
        Vector256<uint> x = Vector256.Create((uint)slot);
        x ^= x >>> _shift;
        x = ((x * Key(ref keys, 6)) + Key(ref keys, 7)) & mask;
        x ^= x >>> _shift;
        x = ((x * Key(ref keys, 4)) + Key(ref keys, 5)) & mask;
        x ^= x >>> _shift;
        x = ((x * Key(ref keys, 2)) + Key(ref keys, 3)) & mask;
        x ^= x >>> _shift;
        return ((x * Key(ref keys, 0)) + Key(ref keys, 1)) & mask;
    }

    /// <summary>The rank at which one node visits a slot.</summary>
    public int Of(int node, int slot)
    {
        uint x = (uint)slot;
        for (int key = KeysPerNode - 2; key >= 0; key -= 2)
        {
            x ^= x >> _shift;
            x = ((x * _keys[IndexOf(node, key)]) + _keys[IndexOf(node, key + 1)]) & _mask;
        }

        return (int)x;
    }

    private static Vector256<uint> Key(ref uint keys, int key) => Vector256.LoadUnsafe(ref keys, (nuint)(key * Lanes));

    private static int IndexOf(int node, int key) => (node / Lanes * Lanes * KeysPerNode) + (key * Lanes) + (node % Lanes);
}
