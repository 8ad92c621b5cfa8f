using System.Globalization;
using System.Text.Json;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class RebalancePlannerTests
{
    public static TheoryData<int> CitusCases => [.. Rows().Select(row => row.GetProperty("case").GetInt32())];

    [Fact]
    public void No_case_is_left_out() => Assert.Equal(23, CitusCases.Count);

    // Lowest peak first, then fewest moves: never worse than the published plan in that order.
    [Theory]
    [MemberData(nameof(CitusCases))]
    public void Plans_are_no_worse_than_those_of_Citus(int number)
    {
        JsonElement row = Rows().Single(each => each.GetProperty("case").GetInt32() == number);
        JsonElement[] nodes = [.. row.GetProperty("nodes").EnumerateArray()];
        JsonElement[] placements = [.. row.GetProperty("placements").EnumerateArray()];
        string[] names = [.. nodes.Select(node => node.GetProperty("node_name").GetString()!)];
        int[] shards = [.. placements.Select(placement => placement.GetProperty("shardid").GetInt32())];
        string[] owners = [.. placements.Select(placement => placement.GetProperty("nodename").GetString()!)];
        Dictionary<string, double> weights = nodes.ToDictionary(NameOf, node => node.TryGetProperty("capacity", out JsonElement capacity) ? capacity.GetDouble() : 1);
        Dictionary<string, string[]> disallowed = nodes.ToDictionary(NameOf, node => node.TryGetProperty("disallowed_shards", out JsonElement list) ? list.GetString()!.Split(',') : []);
        var options = new RebalanceOptions
        {
            Loads = [.. placements.Select(placement => placement.TryGetProperty("cost", out JsonElement cost) ? cost.GetDouble() : 1)],
            Weights = weights.Where(weight => weight.Value > 0).ToDictionary(),
            Excluded = [.. weights.Where(weight => weight.Value == 0).Select(weight => weight.Key)],
            CanHold = (slot, node) => !disallowed[node].Contains(shards[slot].ToString(CultureInfo.InvariantCulture)),
            MaxMoves = row.GetProperty("options").TryGetProperty("max_shard_moves", out JsonElement limit) ? int.Parse(limit.GetString()!, CultureInfo.InvariantCulture) : int.MaxValue,
        };
        ShardMap map = MapOf(names, owners);

        RebalancePlan plan = RebalancePlanner.Plan(map, options);

        string[] published = [.. owners];
        int moves = 0;
        foreach (JsonElement move in row.GetProperty("moves").EnumerateArray())
        {
            published[Array.IndexOf(shards, move.GetProperty("shard").GetInt32())] = move.GetProperty("to").GetString()!;
            moves++;
        }

        double peak = PeakOf(MapOf(names, published), options);
        Assert.Equal(PeakOf(plan.Apply(map), options), plan.PeakAfter, 9);
        Assert.True(plan.PeakAfter < peak - 1e-9 || (plan.PeakAfter <= peak + 1e-9 && plan.SlotCount <= moves), $"{plan.PeakAfter} in {plan.SlotCount} moves; published: {peak} in {moves}");

        static string NameOf(JsonElement node) => node.GetProperty("node_name").GetString()!;
    }

    [Fact]
    public void A_shard_that_joins_gets_its_share_and_one_that_leaves_gives_all_away()
    {
        ShardMap map = new ShardMap(1_024, ["a", "b", "c"]).AddShard("d");
        RebalancePlan joins = RebalancePlanner.Plan(map);
        Assert.Equal(256, joins.SlotCount);
        Assert.Equal(256, joins.PeakAfter);
        ShardMap even = joins.Apply(map);
        Assert.All(even.ShardIds, id => Assert.Equal(256, even.GetSlots(id).Length));
        Assert.Empty(RebalancePlanner.Plan(even).Moves);

        var leaving = new RebalanceOptions { Excluded = ["a"], Weights = new Dictionary<string, double> { ["d"] = 2 } };
        RebalancePlan leaves = RebalancePlanner.Plan(even, leaving);
        Assert.Equal(double.PositiveInfinity, leaves.PeakBefore);
        Assert.Equal(256, leaves.SlotCount);
        ShardMap without = leaves.Apply(even);
        Assert.Equal([256, 256, 512], ((string[])["b", "c", "d"]).Select(id => without.GetSlots(id).Length));
        Assert.Equal(["b", "c", "d"], without.RemoveShard("a").ShardIds);
    }

    [Fact]
    public void Pins_and_groups_are_kept_and_a_limit_moves_what_helps_most()
    {
        var map = new ShardMap(12, ["a"]);
        map = map.AddShard("b");
        var options = new RebalanceOptions { Pinned = [0, 1, 2, 3, 4, 5, 6, 7], CoLocation = [-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 2, 2] };
        RebalancePlan plan = RebalancePlanner.Plan(map, options);
        Assert.Equal([8, 9, 10, 11], plan.Moves.Single().Slots);
        var limited = new RebalanceOptions { Loads = [1, 1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 1], MaxMoves = 1 };
        Assert.Equal([4], RebalancePlanner.Plan(map, limited).Moves.Single().Slots);
        Assert.Empty(RebalancePlanner.Plan(map, new RebalanceOptions { MaxMoves = 0 }).Moves);

        // A pin holds though its shard is to leave.
        RebalancePlan pinned = RebalancePlanner.Plan(map, new RebalanceOptions { Excluded = ["a"], Pinned = [3] });
        Assert.Equal(11, pinned.SlotCount);
        Assert.Equal("a", pinned.Apply(map).GetShardId(3));
    }

    [Fact]
    public void Of_equal_loads_the_slots_with_less_data_move()
    {
        ShardMap map = new ShardMap(4, ["a"]).AddShard("b");
        RebalancePlan plan = RebalancePlanner.Plan(map, new RebalanceOptions { Bytes = [9, 1, 8, 2] });
        Assert.Equal([1, 3], plan.Moves.Single().Slots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_map_gets_a_plan_without_a_needless_move_that_is_final(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 150; round++)
        {
            (ShardMap map, RebalanceOptions options) = Any(random);
            string about = $"seed {seed}, round {round}";
            RebalancePlan plan = RebalancePlanner.Plan(map, options);
            ShardMap after = plan.Apply(map);
            Assert.Equal(PeakOf(after, options), plan.PeakAfter, 9);
            Assert.True(plan.PeakAfter <= plan.PeakBefore, about);
            Assert.Equal(plan.SlotCount, Enumerable.Range(0, map.SlotCount).Count(slot => map.GetShardId(slot) != after.GetShardId(slot)));
            Assert.True(RebalancePlanner.Plan(after, options).Moves.IsEmpty, about);
            foreach (SlotMove move in plan.Moves)
            {
                foreach (int slot in move.Slots)
                {
                    bool mustLeave = options.Excluded!.Contains(move.From) || !options.CanHold!(slot, move.From);
                    Assert.True(mustLeave || IsFuller(after.Move([slot], move.From), after, options), $"{about}: slot {slot} need not move");
                }
            }

            options.MaxMoves = random.Next(10);
            int forced = Enumerable.Range(0, map.SlotCount).Count(slot => options.Excluded!.Contains(map.GetShardId(slot)) || !options.CanHold!(slot, map.GetShardId(slot)));
            Assert.True(RebalancePlanner.Plan(map, options).SlotCount <= Math.Max(options.MaxMoves, forced), about);
        }
    }

    [Fact]
    public void Equal_loads_get_the_lowest_peak_and_the_fewest_moves_there_are()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            string[] names = [.. Enumerable.Range(0, random.Next(2, 8)).Select(i => $"s{i}")];
            string[] owners = [.. Enumerable.Range(0, random.Next(8, 80)).Select(_ => names[random.Next(names.Length)])];
            ShardMap map = MapOf(names, owners);
            int lowest = (owners.Length + names.Length - 1) / names.Length;
            int fewest = names.Sum(name => Math.Max(0, owners.Count(owner => owner == name) - lowest));
            RebalancePlan plan = RebalancePlanner.Plan(map);
            Assert.Equal((lowest, fewest), ((int)plan.PeakAfter, plan.SlotCount));
        }
    }

    // Against every way there is.
    [Fact]
    public void Small_maps_get_nearly_the_lowest_peak_and_the_fewest_moves_there_are()
    {
        var random = new Random(7);
        (int Lowest, int Fewest, int Rounds) met = default;
        for (; met.Rounds < 300; met.Rounds++)
        {
            string[] names = [.. Enumerable.Range(0, random.Next(2, 4)).Select(i => $"s{i}")];
            string[] owners = [.. Enumerable.Range(0, random.Next(4, 9)).Select(_ => names[random.Next(names.Length)])];
            var options = new RebalanceOptions { Loads = [.. owners.Select(_ => (double)random.Next(1, 30))], Weights = new Dictionary<string, double>(), Excluded = [] };
            ShardMap map = MapOf(names, owners);
            RebalancePlan plan = RebalancePlanner.Plan(map, options);
            (double peak, int moves) = Best(names, owners, options.Loads);
            met.Lowest += plan.PeakAfter <= peak ? 1 : 0;
            met.Fewest += plan.PeakAfter <= peak && plan.SlotCount <= moves ? 1 : 0;
        }

        Assert.True(met is { Lowest: >= 288, Fewest: >= 268 }, $"{met}");
    }

    // Loads by Zipf's law: what goes for the peak alone moves up to 634 of 1,024 slots where twelve do.
    [Theory]
    [InlineData(512, 2)]
    [InlineData(512, 3)]
    [InlineData(1_024, 3)]
    public void Few_slots_move_though_many_may(int slots, int seed)
    {
        var random = new Random(seed);
        ShardMap map = new ShardMap(slots, ["a", "b", "c", "d"]).AddShard("e");
        var options = new RebalanceOptions { Loads = [.. Enumerable.Range(0, slots).Select(_ => Math.Round(20_000.0 / (1 + random.Next(slots))))] };
        RebalancePlan plan = RebalancePlanner.Plan(map, options);
        Assert.InRange(plan.PeakAfter, options.Loads.Sum() / 5, options.Loads.Sum() / 5 * 1.0015);
        Assert.InRange(plan.SlotCount, 1, 20);
    }

    [Fact]
    public void Few_slots_that_may_leave_are_found_among_many_that_may_not()
    {
        var random = new Random(4);
        ShardMap map = new ShardMap(16_384, ["a", "b"]).AddShard("c");
        bool MayLeave(int slot) => slot % 97 == 0;
        var options = new RebalanceOptions { Loads = [.. Enumerable.Range(0, 16_384).Select(_ => random.NextDouble())], CanHold = (slot, shard) => MayLeave(slot) || shard == map.GetShardId(slot) };
        double lowest = map.ShardIds.Max(shard => map.GetSlots(shard).Where(slot => !MayLeave(slot)).Sum(slot => options.Loads[slot]));
        Assert.InRange(RebalancePlanner.Plan(map, options).PeakAfter, lowest * (1 - 1e-12), lowest * 1.0015); // sums in another order differ in their last bits
    }

    [Fact]
    public void Slots_move_for_no_gain_below_the_threshold()
    {
        ShardMap map = new ShardMap(10, ["a", "b"]).Move([5], "a");
        Assert.Equal(1, RebalancePlanner.Plan(map).SlotCount);
        Assert.Empty(RebalancePlanner.Plan(map, new RebalanceOptions { Threshold = 0.2 }).Moves);
        Assert.Single(RebalancePlanner.Plan(map, new RebalanceOptions { Threshold = 0.15 }).Moves);
        double[] loads = [10_000, 3, 1, 1, 1, 10_000, 1, 1, 1, 1];
        Assert.Empty(RebalancePlanner.Plan(new ShardMap(10, ["a", "b"]), new RebalanceOptions { Loads = loads }).Moves);
        Assert.Single(RebalancePlanner.Plan(new ShardMap(10, ["a", "b"]), new RebalanceOptions { Loads = loads, Threshold = 0 }).Moves);
        Assert.Throws<ArgumentOutOfRangeException>("Threshold", () => new RebalanceOptions { Threshold = -0.1 });
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        var map = new ShardMap(4, ["a", "b"]);
        Refused(new RebalanceOptions { Loads = [1] }, "Loads");
        Refused(new RebalanceOptions { Loads = [1, 1, 1, -1] }, "Loads");
        Refused(new RebalanceOptions { Loads = [1, 1, 1, double.NaN] }, "Loads");
        Refused(new RebalanceOptions { Bytes = [1] }, "Bytes");
        Refused(new RebalanceOptions { CoLocation = [1] }, "CoLocation");
        Refused(new RebalanceOptions { CoLocation = [1, 1, 1, 1] }, "CoLocation");
        Refused(new RebalanceOptions { Weights = new Dictionary<string, double> { ["a"] = 0 } }, "Weights");
        Refused(new RebalanceOptions { Weights = new Dictionary<string, double> { ["x"] = 1 } }, "'x'");
        Refused(new RebalanceOptions { Excluded = ["x"] }, "'x'");
        Refused(new RebalanceOptions { Excluded = ["a", "b"] }, "Excluded");
        Assert.Throws<ArgumentOutOfRangeException>("MaxMoves", () => new RebalanceOptions { MaxMoves = -1 });
        Assert.Throws<ArgumentNullException>("map", () => RebalancePlanner.Plan(null!));
        ShardMap grown = new ShardMap(6, ["a", "b"]).AddShard("c");
        RebalancePlan plan = RebalancePlanner.Plan(grown);
        Assert.Throws<ArgumentException>("map", () => plan.Apply(plan.Apply(grown)));

        void Refused(RebalanceOptions options, string says) =>
            Assert.Contains(says, Assert.Throws<ArgumentException>(nameof(options), () => RebalancePlanner.Plan(map, options)).Message, StringComparison.Ordinal);
    }

    // A peak that nothing can lower is no reason to leave the others as they are: else a shard that joins would get nothing.
    [Fact]
    public void A_slot_that_is_hotter_than_a_fair_share_holds_up_no_other()
    {
        ShardMap map = MapOf(["a", "b", "c"], ["a", .. Enumerable.Repeat("b", 15)]);
        var options = new RebalanceOptions { Loads = [100, .. Enumerable.Repeat(6.5, 15)] };
        RebalancePlan plan = RebalancePlanner.Plan(map, options);
        Assert.Equal((100, 100), (plan.PeakBefore, plan.PeakAfter));
        SlotMove move = Assert.Single(plan.Moves);
        Assert.Equal(("b", "c", 7), (move.From, move.To, move.Slots.Length));
        Assert.Empty(RebalancePlanner.Plan(plan.Apply(map), options).Moves);
    }

    [Fact]
    public void What_cannot_move_holds_up_no_other_either()
    {
        ShardMap map = MapOf(["a", "b", "c", "d"], [.. Enumerable.Repeat("a", 20), .. Enumerable.Repeat("b", 12), "c"]);
        var options = new RebalanceOptions { Pinned = [.. Enumerable.Range(0, 20)], Loads = [.. Enumerable.Repeat(1.0, 32), 9] };
        RebalancePlan plan = RebalancePlanner.Plan(map, options);
        Assert.Equal((20, 20), (plan.PeakBefore, plan.PeakAfter));
        Assert.Equal(("b", "d", 6), (plan.Moves.Single().From, plan.Moves.Single().To, plan.SlotCount)); // c has more than its share by one slot as well
        options.MaxMoves = 2;
        Assert.Equal(2, RebalancePlanner.Plan(map, options).SlotCount);
    }

    // Which shards may hold a slot is asked once for each pair, whatever it takes to find out.
    [Fact]
    public void Nothing_is_asked_twice()
    {
        var random = new Random(6);
        var asked = new Dictionary<(int, string), int>();
        ShardMap map = new ShardMap(2_000, ["a0", "b1", "c2", "d0", "e1", "f2"]).AddShard("g0").AddShard("h1");
        var options = new RebalanceOptions
        {
            Loads = [.. Enumerable.Range(0, 2_000).Select(_ => random.NextDouble())],
            CanHold = (slot, shard) =>
            {
                asked[(slot, shard)] = asked.GetValueOrDefault((slot, shard)) + 1;
                return slot % 3 == shard[1] - '0';
            },
        };
        RebalancePlan plan = RebalancePlanner.Plan(map, options);
        ShardMap after = plan.Apply(map);
        Assert.All(Enumerable.Range(0, 2_000), slot => Assert.Equal(slot % 3, after.GetShardId(slot)[1] - '0'));
        Assert.Equal(1, asked.Values.Max());
    }

    private static (ShardMap Map, RebalanceOptions Options) Any(Random random)
    {
        string[] names = [.. Enumerable.Range(0, random.Next(2, 6)).Select(i => $"s{i}")];
        string[] owners = [.. Enumerable.Range(0, random.Next(6, 40)).Select(_ => names[random.Next(names.Length)])];
        bool even = random.Next(3) == 0;
        int kept = random.Next(7);
        var options = new RebalanceOptions
        {
            Loads = [.. owners.Select(_ => even ? 1.0 : random.Next(3) == 0 ? random.Next(100) : random.NextDouble())],
            Weights = names.ToDictionary(name => name, _ => (double)random.Next(1, 4)),
            Excluded = random.Next(4) == 0 ? [names[0]] : [],
            CanHold = (slot, shard) => slot % 7 != kept || shard == names[^1],
        };
        return (MapOf(names, owners), options);
    }

    // Each shard has a slot at first, so the map is made of as many and then moved.
    private static ShardMap MapOf(string[] names, string[] owners)
    {
        var map = new ShardMap(owners.Length, [names[0]]);
        map = names.Skip(1).Aggregate(map, (grown, name) => grown.AddShard(name));
        foreach (IGrouping<string, int> own in Enumerable.Range(0, owners.Length).GroupBy(slot => owners[slot]))
        {
            map = map.Move(own.ToArray(), own.Key);
        }

        return map;
    }

    private static (double Peak, int Moves) Best(string[] names, string[] owners, IReadOnlyList<double> loads)
    {
        (double Peak, int Moves) best = (double.PositiveInfinity, 0);
        for (int way = (int)Math.Pow(names.Length, owners.Length) - 1; way >= 0; way--)
        {
            double[] carried = new double[names.Length];
            int moves = 0;
            int left = way;
            for (int slot = 0; slot < owners.Length; slot++, left /= names.Length)
            {
                carried[left % names.Length] += loads[slot];
                moves += names[left % names.Length] == owners[slot] ? 0 : 1;
            }

            best = (carried.Max(), moves).CompareTo(best) < 0 ? (carried.Max(), moves) : best;
        }

        return best;
    }

    // The fullest shard counts first, then the next.
    private static bool IsFuller(ShardMap map, ShardMap than, RebalanceOptions options) =>
        UtilisationsOf(map, options).Zip(UtilisationsOf(than, options), (left, right) => left - right).FirstOrDefault(difference => Math.Abs(difference) > 1e-9) > 0;

    private static IEnumerable<double> UtilisationsOf(ShardMap map, RebalanceOptions options) =>
        map.ShardIds.Select(id => map.GetSlots(id).Sum(slot => options.Loads![slot]) / options.Weights!.GetValueOrDefault(id, 1)).OrderDescending();

    // Written from the definition, and not from the planner.
    private static double PeakOf(ShardMap map, RebalanceOptions options)
    {
        double peak = 0;
        foreach (string id in map.ShardIds)
        {
            int[] slots = map.GetSlots(id);
            if (slots.Any(slot => options.Excluded!.Contains(id) || !options.CanHold!(slot, id)))
            {
                return double.PositiveInfinity;
            }

            // Rounded: sums in another order differ in their last bits.
            peak = Math.Max(peak, Math.Round(slots.Sum(slot => options.Loads![slot]) / options.Weights!.GetValueOrDefault(id, 1), 9));
        }

        return peak;
    }

    private static JsonElement[] Rows() => [.. Support.Vectors.ReadJson("sharding-vectors", "citus-rebalance-plans.json").EnumerateArray()];
}
