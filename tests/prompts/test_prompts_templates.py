"""Template files: versions, hashes, overriding, and errors that name the place."""

from __future__ import annotations

import hashlib

import pytest

from cgr_nb.errors import PromptError
from cgr_nb.prompts import available, load_template, render
from cgr_nb.records import Item, Message

ITEM = Item("i", "d", "c", "What?", {"A": "1", "B": "2"}, ("A",))


@pytest.fixture
def folder(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return tmp_path

    return write


def test_the_newest_version_is_taken_by_number(folder):
    folder("full/direct@9.txt", "nine")
    root = folder("full/direct@10.txt", "ten")
    assert render("direct", ITEM, folder=root).messages[0].content == "ten"
    assert render("direct", ITEM, folder=root, version=9).version == 9


def test_a_users_template_comes_before_the_bundled_one(folder):
    root = folder("tiny/direct@1.txt", "Mine: {question}\n")
    assert render("direct", ITEM, "tiny", folder=root).messages == (Message("user", "Mine: What?"),)


def test_a_name_the_user_has_not_is_taken_from_the_bundled_ones(folder):
    root = folder("tiny/direct@1.txt", "Mine: {question}\n")
    mine = render("generator", ITEM, "tiny", folder=root)
    assert mine == render("generator", ITEM, "tiny")


def test_the_hash_is_of_the_files_bytes(folder):
    root = folder("full/direct@1.txt", "Say {question}\n")
    found = render("direct", ITEM, folder=root).hash
    assert found == hashlib.sha256(b"Say {question}\n").hexdigest()


def test_what_a_template_quotes_counts_in_its_hash(folder):
    root = folder("full/direct@1.txt", "{rules@1}\n{question}")
    folder("rules@1.txt", "Be brief.\n")
    first = render("direct", ITEM, folder=root)
    folder("rules@1.txt", "Be brief!\n")
    assert first.messages[0].content == "Be brief.\nWhat?"
    assert render("direct", ITEM, folder=root).hash != first.hash


def test_braces_in_a_quoted_file_are_text(folder):
    root = folder("full/direct@1.txt", "{rules@1} {question}")
    folder("rules@1.txt", "{question} {letter: text}")
    assert render("direct", ITEM, folder=root).messages[0].content == (
        "{question} {letter: text} What?"
    )


def test_double_braces_are_braces(folder):
    root = folder("full/direct@1.txt", '{{"q": "{question}"}}')
    assert render("direct", ITEM, folder=root).messages[0].content == '{"q": "What?"}'


def test_roles_are_turns(folder):
    root = folder("full/direct@1.txt", "[system]\nBe brief.\n[user]\n{question}\n")
    assert render("direct", ITEM, folder=root).messages == (
        Message("system", "Be brief."),
        Message("user", "What?"),
    )


@pytest.mark.parametrize("text", ["{gold}", "{answer}", "{", "a } b", "{Question}", "{question!r}"])
def test_an_unknown_field_is_an_error_that_names_the_file(folder, text):
    root = folder("full/direct@1.txt", text)
    with pytest.raises(PromptError, match=r"direct@1\.txt.*unknown field"):
        load_template("direct", folder=root)


@pytest.mark.parametrize(
    "text", ["hi\n[user]\nyo", "[system]\nonly", "[user]\na\n[system]\nb", "[user]\na\n[user]\nb"]
)
def test_roles_in_another_order_are_an_error(folder, text):
    root = folder("full/direct@1.txt", text)
    with pytest.raises(PromptError):
        load_template("direct", folder=root)


def test_a_missing_template_is_named_with_the_nearest_there_is():
    with pytest.raises(PromptError, match="did you mean 'full/direct@2'"):
        load_template("dirct")


def test_a_missing_version_is_an_error():
    with pytest.raises(PromptError, match="direct@99"):
        load_template("direct", version=99)


def test_a_template_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "direct@1.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(PromptError, match="can't be read"):
        load_template("direct", folder=tmp_path)


PUBLISHED = {
    "base/code_act@1": "daa8ab5ac83339de",
    "base/code_act_code@1": "6b57f2f7236083e6",
    "base/code_act_code_multi@1": "a3a06fd018f54259",
    "base/code_act_last@1": "b91af291db33493b",
    "base/code_act_last_multi@1": "4a745324ff2868ba",
    "base/code_act_multi@1": "ab60fd850e39b709",
    "base/code_act_remind@1": "5f459f6269adc608",
    "full/code_act@1": "3621523d58bf3c75",
    "full/code_act_code@1": "c485b6a15ea464a1",
    "full/code_act_code_multi@1": "7dafb5c1ee6e2efa",
    "full/code_act_last@1": "61ad87fe1c523b00",
    "full/code_act_last_multi@1": "8afff955277ad332",
    "full/code_act_multi@1": "7c5d25fd383fbab6",
    "full/code_act_remind@1": "549d525e93796635",
    "tiny/code_act@1": "6a4ea1ab9562a72c",
    "tiny/code_act_code@1": "b1bb53ccad46dd9b",
    "tiny/code_act_code_multi@1": "132a03450f8b171a",
    "tiny/code_act_last@1": "45447c8dbbda8c1d",
    "tiny/code_act_last_multi@1": "f017f90e4591dbd1",
    "tiny/code_act_multi@1": "df39b7beb0c17bc6",
    "tiny/code_act_remind@1": "223b6bbe3773068e",
    "base/code_plan@1": "4fc482bdf9314279",
    "base/code_plan_answer@1": "86ce6ca535401e46",
    "base/code_plan_answer_multi@1": "0519d6b54909f2ee",
    "base/cogex@1": "5bc707bac1a916a6",
    "base/cogex_emulate@1": "56f7f6485ce5464d",
    "base/cogex_multi@1": "0e903df35bcfd640",
    "base/cotacs@1": "37960bd1f82910e5",
    "base/cotacs_multi@1": "ff4089797ae4c64e",
    "base/diagram@1": "ac3b4820b6da167e",
    "base/diagram_close@1": "e7a1f3c8fdc059cc",
    "base/diagram_close_multi@1": "9c360211cf7cc5ee",
    "base/diagram_criticise@1": "b32e97469ed270dd",
    "base/diagram_next@1": "a0c329dfa299c25a",
    "base/diagram_summarise@1": "d9befa95f3b13819",
    "base/diagram_summarise_multi@1": "9ee7e8aef1d1bf15",
    "base/think_analysis@1": "2b3bae51e46af159",
    "base/think_pseudocode@1": "ce17cac9c4ca54c3",
    "base/think_pseudocode_multi@1": "db56db96c98aa80f",
    "base/think_simulate@1": "a598544a171022a0",
    "base/think_simulate_multi@1": "64a0047d29ce1c34",
    "full/code_plan@1": "f498f665e6ef86aa",
    "full/code_plan_answer@1": "b9cfc3d14c2de51d",
    "full/code_plan_answer_multi@1": "fb03b5bb6fbc8920",
    "full/cogex@1": "df1a5641d23de719",
    "full/cogex_emulate@1": "a82bc1349eae4d64",
    "full/cogex_multi@1": "528df3481bccef97",
    "full/cotacs@1": "24bc242b38b047a0",
    "full/cotacs_multi@1": "5f9b82dc82a07064",
    "full/diagram@1": "2dfa9729691176dd",
    "full/diagram_close@1": "4eec493793a2685f",
    "full/diagram_close_multi@1": "f19cf35e74e0539b",
    "full/diagram_criticise@1": "ff4aaed8fc2e7fb7",
    "full/diagram_next@1": "1f86191319281a91",
    "full/diagram_summarise@1": "7607b035c2f0b9ac",
    "full/diagram_summarise_multi@1": "28e271cba3073250",
    "full/think_analysis@1": "15628665e966cb6a",
    "full/think_pseudocode@1": "092075130bd91e3c",
    "full/think_pseudocode_multi@1": "fd8935460feb76a9",
    "full/think_simulate@1": "8be9cb3ded6fd9be",
    "full/think_simulate_multi@1": "d8ad1e5d79532487",
    "tiny/code_plan@1": "41c8da3eb6341582",
    "tiny/code_plan_answer@1": "5542a637f9d624f5",
    "tiny/code_plan_answer_multi@1": "a4b372d5fc547f2d",
    "tiny/cogex@1": "b9e31b76b148f66c",
    "tiny/cogex_emulate@1": "82b1a3f6ca26a2f7",
    "tiny/cogex_multi@1": "c5d5b11434831ffc",
    "tiny/cotacs@1": "4ea9dcdce2c5c646",
    "tiny/cotacs_multi@1": "568224346e925ef6",
    "tiny/diagram@1": "042176cfe6ff96ab",
    "tiny/diagram_close@1": "505f8f28e2bc057c",
    "tiny/diagram_close_multi@1": "90f9460d97f06ce3",
    "tiny/diagram_criticise@1": "3f77e71caad6acd9",
    "tiny/diagram_next@1": "3ea1d1103c881bda",
    "tiny/diagram_summarise@1": "00dd38dd91ffdce6",
    "tiny/diagram_summarise_multi@1": "af3ca98fb8265e3d",
    "tiny/think_analysis@1": "b67bbca592dad231",
    "tiny/think_pseudocode@1": "10a07428a00165fe",
    "tiny/think_pseudocode_multi@1": "3cc968e7f61dce30",
    "tiny/think_simulate@1": "85294626c056a8cd",
    "tiny/think_simulate_multi@1": "6f8f7a5035e7c1df",
    "base/steer_check@1": "b6d669b59e2d07ff",
    "base/steer_code@1": "3b62661bf0639e1e",
    "base/steer_guide@1": "1524563975bd45e6",
    "base/steer_merge@1": "f99b7911c47e367c",
    "base/steer_score@1": "7655258d868d33ca",
    "base/steer_text@1": "c2858f2705c4e1a8",
    "full/steer_check@1": "9b023b1ed1d1abc3",
    "full/steer_code@1": "a8c303ed54ee1b87",
    "full/steer_guide@1": "94253eacc1426808",
    "full/steer_merge@1": "0dcd727a809468fc",
    "full/steer_score@1": "ad6235d151385aff",
    "full/steer_text@1": "3f30d2d5e68eded6",
    "tiny/steer_check@1": "4fbfea175ebb6e56",
    "tiny/steer_code@1": "46126840680b547d",
    "tiny/steer_guide@1": "26e97978e98ecfaa",
    "tiny/steer_merge@1": "36727e43c1db60ce",
    "tiny/steer_score@1": "9bee3ae237c1fbf9",
    "tiny/steer_text@1": "ff8bc93148806e6d",
    "base/chain_of_code@1": "d54530097ca29ebf",
    "base/chain_of_code_again@1": "ae52fa08abab29cd",
    "base/chain_of_code_multi@1": "b6767365f928c42f",
    "base/chain_of_code_step@1": "6fa5a151f4a33c44",
    "full/chain_of_code@1": "16c08bffd333ce61",
    "full/chain_of_code_again@1": "a6e5c9aee22e84d2",
    "full/chain_of_code_multi@1": "d409c3f84d7693b5",
    "full/chain_of_code_step@1": "890589748bb92831",
    "tiny/chain_of_code@1": "fbee3ae1b1fdde63",
    "tiny/chain_of_code_again@1": "ac1aa6d73d48a099",
    "tiny/chain_of_code_multi@1": "177a33a93bcf5979",
    "tiny/chain_of_code_step@1": "5f7a2e11acdbc004",
    "base/deductive_chain@1": "165477c6cc75f9b3",
    "base/deductive_chain_multi@1": "4690eff1cd65033c",
    "base/deductive_check@1": "f61ed65ab57a2b01",
    "base/deductive_premises@1": "4e60baea11a27a9b",
    "full/deductive_chain@1": "1fc8e653fec7f47a",
    "full/deductive_chain_multi@1": "e0adb704253a9058",
    "full/deductive_check@1": "20ee766ccc2bfdda",
    "full/deductive_premises@1": "208d460cc6e9ea3c",
    "tiny/deductive_chain@1": "b821a2735e435a93",
    "tiny/deductive_chain_multi@1": "c706fd0d71b395de",
    "tiny/deductive_check@1": "ad20971cb90002b3",
    "tiny/deductive_premises@1": "a42f356b2efcdb99",
    "base/cot_program@1": "d68c9669dd672bdd",
    "base/cot_program_multi@1": "edcabff2a3652acc",
    "full/cot_program@1": "0d9941a19f7314d1",
    "full/cot_program_multi@1": "a9dff15cc1cdfe06",
    "tiny/cot_program@1": "27e95c15bf264f3e",
    "tiny/cot_program_multi@1": "fdb7780244a87173",
    "base/csv_amend@1": "5514264c9728ed06",
    "base/csv_check@1": "f76a985ae71394e4",
    "full/csv_amend@1": "384f73a502f7b51d",
    "full/csv_check@1": "0885e50fab1fb083",
    "tiny/csv_amend@1": "08dec30297fe0a67",
    "tiny/csv_check@1": "4a27d30e899f6c4c",
    "base/scored_listed@1": "373c3e9f2716a489",
    "full/scored_listed@1": "1a9bc7b570e2f478",
    "tiny/scored_listed@1": "143333232d2472c4",
    "base/twins@1": "64e7b074e94f86cb",
    "base/twins_multi@1": "27543397ebaa16df",
    "full/twins@1": "1ffe9f24dfb26e4c",
    "full/twins_multi@1": "9b83196f7fb1798f",
    "tiny/twins@1": "60218aae7a7a4313",
    "tiny/twins_multi@1": "b103afddf53bcc29",
    "base/scored@1": "98f5d5194b7d0c90",
    "full/scored@1": "d2ddea4d5e762cf0",
    "tiny/scored@1": "5998e87b8ed0e283",
    "base/cot_multi@2": "5b56400ce19e1b1e",
    "base/direct_multi@2": "6bff405f9038f70c",
    "base/reask_multi@2": "2c59384c8cd9e932",
    "base/ask@1": "beabd3948b3889b0",
    "base/cot@2": "6fe6118a05faf763",
    "base/direct@2": "bcbc286a817fb5ec",
    "base/generator@2": "e169be415819cdd5",
    "base/generator_multi@2": "07ca9eacafd8aaed",
    "base/reask@2": "c7c46c036e697d1b",
    "full/ask@1": "307b8acc91efc952",
    "full/cot@2": "19e3807f317a6525",
    "full/cot_multi@2": "3e434ffc5b0a5696",
    "full/direct@2": "e16b0f7a43cd722a",
    "full/direct_multi@2": "3832b6634994d7e2",
    "full/generator@2": "369724fea2d9364d",
    "full/generator_multi@2": "675e4492a98a1cbd",
    "full/reask@2": "f1ab3b45a462d3d8",
    "full/reask_multi@2": "dfa0802aeccf990a",
    "full/cot_multi@1": "744bceaaf753c091",
    "full/direct_multi@1": "2a9b82021ab5e4d0",
    "full/generator_multi@1": "4d04ca020db4c344",
    "full/pal_multi@1": "59a00a45db50c186",
    "full/reask_multi@1": "0cf8a6440a4d2d9e",
    "tiny/cot_multi@1": "750ac657e11acd1a",
    "tiny/direct_multi@1": "1ee1c7f50c704b8a",
    "tiny/generator_multi@1": "81e160beb1ce2ab3",
    "tiny/pal_multi@1": "781f3a806ce45412",
    "tiny/reask_multi@1": "4b07e085fe025a13",
    "base/cot_multi@1": "66d9e493fae15f91",
    "base/direct_multi@1": "31fe0056be64fc3e",
    "base/generator_multi@1": "3e874d226e7e61fb",
    "base/pal_multi@1": "dd7d1fe43522ff3e",
    "base/reask_multi@1": "08beba1daccb4c08",
    "base/cot@1": "40a6ed7b860816a8",
    "base/direct@1": "aadc863043207005",
    "base/generator@1": "dea14b58edd666a9",
    "base/pal@1": "c36b5da46e8b0a51",
    "base/reask@1": "f1f28828e5273937",
    "full/cot@1": "c4f22e3653ac2c42",
    "full/pal@1": "2f9b10d4f17f25b3",
    "tiny/cot@1": "04cb96e086be2eb5",
    "tiny/pal@1": "ec046a8f5d01adc5",
    "full/direct@1": "8dd8b0eeb49b1190",
    "full/generator@1": "6a5616d64cfaae4f",
    "full/reask@1": "87a32e28ea1c5d1e",
    "tiny/direct@1": "b1beabf188f79ec2",
    "tiny/generator@1": "3b3683164d317122",
    "tiny/reask@1": "5ccc21252edd3117",
}


@pytest.mark.parametrize("entry", available())
def test_a_published_template_never_changes_under_its_version(entry):
    profile, _, rest = entry.partition("/")
    name, _, version = rest.partition("@")
    found = load_template(name, profile, int(version), fields=None).hash[:16]
    assert found == PUBLISHED.get(entry), "write a new version, or add the new one to PUBLISHED"
