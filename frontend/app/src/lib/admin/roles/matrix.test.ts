import { expect, test } from "vitest";
import { boxOf, groupsOf, heldActions, strays, toggled, type Matrix } from "./matrix.ts";

const MATRIX: Matrix = {
  models: [
    {
      module: "zoo",
      model: "animals",
      title: "Animals",
      actions: ["read", "create", "feed"],
    },
    { module: "zoo", model: "cages", title: "Cages", actions: ["read"] },
  ],
  others: [
    { permission: "eerp.users.manage", description: "Manage users", module: "eerp" },
    { permission: "zoo.tickets", description: "Sell tickets", module: "zoo" },
  ],
};

test("permissions stand by module, the core's last", () => {
  const [zoo, core] = groupsOf(MATRIX);
  expect(zoo?.rows.map((row) => row.subject)).toEqual(["zoo.animals", "zoo.cages"]);
  expect(zoo?.rows[0]?.further).toEqual(["feed"]);
  expect(core?.others.map((other) => other.permission)).toEqual(["eerp.users.manage"]);
});

test("the search finds titles and names, and leaves out empty modules", () => {
  expect(groupsOf(MATRIX, "cage").map((group) => group.module)).toEqual(["zoo"]);
  expect(groupsOf(MATRIX, "cage")[0]?.rows).toHaveLength(1);
  expect(groupsOf(MATRIX, "tickets")[0]?.others).toHaveLength(1);
});

test("a box says which wider grant gives it", () => {
  expect(boxOf("zoo.animals.read", ["zoo.*"])).toMatchObject({ held: true, by: "zoo.*" });
  expect(boxOf("zoo.animals.read", ["zoo.animals.read"])).toMatchObject({ by: null });
  expect(boxOf("zoo.animals.read", [])).toMatchObject({ held: false, by: null });
});

test("a press gives, and another takes", () => {
  expect(toggled(["b"], "a")).toEqual(["a", "b"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});

test("grants without a box are not forgotten", () => {
  const granted = ["zoo.*", "zoo.animals.write", "gone.things.read", "zoo.cages.read", "*"];
  expect(strays(granted, MATRIX)).toEqual(["zoo.animals.write", "gone.things.read"]);
});

test("roles are compared by what they may do", () => {
  const animals = groupsOf(MATRIX)[0]?.rows[0];
  if (animals === undefined) throw new Error("the matrix has no animals");
  expect(heldActions(animals, ["*"])).toBe("all");
  expect(heldActions(animals, ["zoo.animals.write"])).toEqual(["create"]);
  expect(heldActions(animals, [])).toEqual([]);
});
