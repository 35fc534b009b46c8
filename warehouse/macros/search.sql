-- Full-text search without an extension (docs/warehouse.md, "Search"). Letters are compared without width, case and
-- the difference of hiragana and katakana. First the signatures of warehouse/signatures.py are asked, 32 bytes a review;
-- a text whose signature holds the bits of every word is then looked into.

-- A query's letters, as warehouse/signatures.py folds those of a text.
create or replace macro search_folded(said) as translate(
    lower(nfc_normalize(translate(
        said,
        '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～　ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ｡｢｣､･ ª²³¹ºſʰʲʳʷʸˡˢˣᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁᵂᵃᵇᵈᵉᵍᵏᵐᵒᵖᵗᵘᵛᵢᵣᵤᵥᶜᶠᶻ           ․  ⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨℬℭℯℰℱℳℴℹⅅⅆⅇⅈⅉⅠⅤⅩⅬⅭⅮⅯⅰⅴⅹⅼⅽⅾⅿ①②③④⑤⑥⑦⑧⑨ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ⓪ⱼⱽ㋐㋑㋒㋓㋔㋕㋖㋗㋘㋙㋚㋛㋜㋝㋞㋟㋠㋡㋢㋣㋤㋥㋦㋧㋨㋩㋪㋫㋬㋭㋮㋯㋰㋱㋲㋳㋴㋵㋶㋷㋸㋹㋺㋻㋼㋽㋾﬩︐︑︒︓︔︕︖︳︴︵︶︷︸﹁﹂﹇﹈﹍﹎﹏﹐﹑﹒﹔﹕﹖﹗﹙﹚﹛﹜﹟﹠﹡﹢﹣﹤﹥﹦﹨﹩﹪﹫𐞥𝐀𝐁𝐂𝐃𝐄𝐅𝐆𝐇𝐈𝐉𝐊𝐋𝐌𝐍𝐎𝐏𝐐𝐑𝐒𝐓𝐔𝐕𝐖𝐗𝐘𝐙𝐚𝐛𝐜𝐝𝐞𝐟𝐠𝐡𝐢𝐣𝐤𝐥𝐦𝐧𝐨𝐩𝐪𝐫𝐬𝐭𝐮𝐯𝐰𝐱𝐲𝐳𝐴𝐵𝐶𝐷𝐸𝐹𝐺𝐻𝐼𝐽𝐾𝐿𝑀𝑁𝑂𝑃𝑄𝑅𝑆𝑇𝑈𝑉𝑊𝑋𝑌𝑍𝑎𝑏𝑐𝑑𝑒𝑓𝑔𝑖𝑗𝑘𝑙𝑚𝑛𝑜𝑝𝑞𝑟𝑠𝑡𝑢𝑣𝑤𝑥𝑦𝑧𝑨𝑩𝑪𝑫𝑬𝑭𝑮𝑯𝑰𝑱𝑲𝑳𝑴𝑵𝑶𝑷𝑸𝑹𝑺𝑻𝑼𝑽𝑾𝑿𝒀𝒁𝒂𝒃𝒄𝒅𝒆𝒇𝒈𝒉𝒊𝒋𝒌𝒍𝒎𝒏𝒐𝒑𝒒𝒓𝒔𝒕𝒖𝒗𝒘𝒙𝒚𝒛𝒜𝒞𝒟𝒢𝒥𝒦𝒩𝒪𝒫𝒬𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵𝒶𝒷𝒸𝒹𝒻𝒽𝒾𝒿𝓀𝓁𝓂𝓃𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏𝓐𝓑𝓒𝓓𝓔𝓕𝓖𝓗𝓘𝓙𝓚𝓛𝓜𝓝𝓞𝓟𝓠𝓡𝓢𝓣𝓤𝓥𝓦𝓧𝓨𝓩𝓪𝓫𝓬𝓭𝓮𝓯𝓰𝓱𝓲𝓳𝓴𝓵𝓶𝓷𝓸𝓹𝓺𝓻𝓼𝓽𝓾𝓿𝔀𝔁𝔂𝔃𝔄𝔅𝔇𝔈𝔉𝔊𝔍𝔎𝔏𝔐𝔑𝔒𝔓𝔔𝔖𝔗𝔘𝔙𝔚𝔛𝔜𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷𝔸𝔹𝔻𝔼𝔽𝔾𝕀𝕁𝕂𝕃𝕄𝕆𝕊𝕋𝕌𝕍𝕎𝕏𝕐𝕒𝕓𝕔𝕕𝕖𝕗𝕘𝕙𝕚𝕛𝕜𝕝𝕞𝕟𝕠𝕡𝕢𝕣𝕤𝕥𝕦𝕧𝕨𝕩𝕪𝕫𝕬𝕭𝕮𝕯𝕰𝕱𝕲𝕳𝕴𝕵𝕶𝕷𝕸𝕹𝕺𝕻𝕼𝕽𝕾𝕿𝖀𝖁𝖂𝖃𝖄𝖅𝖆𝖇𝖈𝖉𝖊𝖋𝖌𝖍𝖎𝖏𝖐𝖑𝖒𝖓𝖔𝖕𝖖𝖗𝖘𝖙𝖚𝖛𝖜𝖝𝖞𝖟𝖠𝖡𝖢𝖣𝖤𝖥𝖦𝖧𝖨𝖩𝖪𝖫𝖬𝖭𝖮𝖯𝖰𝖱𝖲𝖳𝖴𝖵𝖶𝖷𝖸𝖹𝖺𝖻𝖼𝖽𝖾𝖿𝗀𝗁𝗂𝗃𝗄𝗅𝗆𝗇𝗈𝗉𝗊𝗋𝗌𝗍𝗎𝗏𝗐𝗑𝗒𝗓𝗔𝗕𝗖𝗗𝗘𝗙𝗚𝗛𝗜𝗝𝗞𝗟𝗠𝗡𝗢𝗣𝗤𝗥𝗦𝗧𝗨𝗩𝗪𝗫𝗬𝗭𝗮𝗯𝗰𝗱𝗲𝗳𝗴𝗵𝗶𝗷𝗸𝗹𝗺𝗻𝗼𝗽𝗾𝗿𝘀𝘁𝘂𝘃𝘄𝘅𝘆𝘇𝘈𝘉𝘊𝘋𝘌𝘍𝘎𝘏𝘐𝘑𝘒𝘓𝘔𝘕𝘖𝘗𝘘𝘙𝘚𝘛𝘜𝘝𝘞𝘟𝘠𝘡𝘢𝘣𝘤𝘥𝘦𝘧𝘨𝘩𝘪𝘫𝘬𝘭𝘮𝘯𝘰𝘱𝘲𝘳𝘴𝘵𝘶𝘷𝘸𝘹𝘺𝘻𝘼𝘽𝘾𝘿𝙀𝙁𝙂𝙃𝙄𝙅𝙆𝙇𝙈𝙉𝙊𝙋𝙌𝙍𝙎𝙏𝙐𝙑𝙒𝙓𝙔𝙕𝙖𝙗𝙘𝙙𝙚𝙛𝙜𝙝𝙞𝙟𝙠𝙡𝙢𝙣𝙤𝙥𝙦𝙧𝙨𝙩𝙪𝙫𝙬𝙭𝙮𝙯𝙰𝙱𝙲𝙳𝙴𝙵𝙶𝙷𝙸𝙹𝙺𝙻𝙼𝙽𝙾𝙿𝚀𝚁𝚂𝚃𝚄𝚅𝚆𝚇𝚈𝚉𝚊𝚋𝚌𝚍𝚎𝚏𝚐𝚑𝚒𝚓𝚔𝚕𝚖𝚗𝚘𝚙𝚚𝚛𝚜𝚝𝚞𝚟𝚠𝚡𝚢𝚣𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡𝟢𝟣𝟤𝟥𝟦𝟧𝟨𝟩𝟪𝟫𝟬𝟭𝟮𝟯𝟰𝟱𝟲𝟳𝟴𝟵𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿🄫🄬🄰🄱🄲🄳🄴🄵🄶🄷🄸🄹🄺🄻🄼🄽🄾🄿🅀🅁🅂🅃🅄🅅🅆🅇🅈🅉',
        '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ をぁぃぅぇぉゃゅょっーあいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん゙゚。「」、・ a231oshjrwylsxabdeghijklmnoprtuwabdegkmoptuviruvcfz           .  0i456789+=()n0123456789+=()aeoxhklmnpstcghhhhiillnpqrrrzzbceefmoiddeijivxlcdmivxlcdm123456789abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0jvあいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑを+,、。:;!?__(){}「」[]___,、.;:?!(){}#&*+-<>=\$%@qabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzacdgjknopqstuvwxyzabcdfhijklmnpqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabdefgjklmnopqstuvwxyabcdefghijklmnopqrstuvwxyzabdefgijklmostuvwxyabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890123456789012345678901234567890123456789crabcdefghijklmnopqrstuvwxyz'
    ))),
    'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ',
    'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ'
);

-- The words of a query, at most eight of sixty letters; what stands in quotation marks is one of them.
create or replace macro search_words(query) as list_slice(
    list_filter(
        list_transform(
            regexp_extract_all(search_folded(query), '"[^"]*"|“[^”]*”|「[^」]*」|\S+'),
            lambda w: left(trim(regexp_replace(w, '^["“「]|["”」]$', '', 'g')), 60)
        ),
        lambda w: w <> ''
    ),
    1, 8
);

-- A regular expression that finds a folded word in a text of usual letters: any case, both kana, marks of both widths
-- (Japanese texts are full of wide ones, so these do not make a text unusual). A word without any of these is itself, and
-- DuckDB then looks for it without a regular expression.
create or replace macro search_pattern(word) as list_aggregate(list_transform(
    list_prepend(case when lower(word) <> upper(word) then '(?i)' else '' end, regexp_extract_all(word, '(?s).')),
    lambda c: case
        when c between 'ぁ' and 'ゖ' then '[' || c || chr(unicode(c) + 96) || ']'
        when c in ('!', '"', '#', '%', '&', '''', '(', ')', '*', ',', '-', '.', '/', ':', ';', '?', '@', '[', '\', ']', '_', '{', '}')
            then '[' || regexp_escape(c) || chr(unicode(c) + 65248) || ']'
        when c = '(?i)' or c = '' then c
        else regexp_escape(c)
    end
), 'string_agg', '');

-- The same in every form of its letters: a line a letter, since one text is planned sooner than a map of as many. The lines
-- are made from `forms` of warehouse/signatures.py, and tests/warehouse/test_search.py holds the two together.
create or replace macro search_pattern_of_forms(word) as '(?i)' || list_aggregate(list_transform(
    regexp_extract_all(word, '(?s).'),
    lambda c: coalesce(nullif(regexp_extract('
! [!︕﹗！]
" ["＂]
# [#﹟＃]
$ [$﹩＄]
% [%﹪％]
& [&﹠＆]
'' [''＇]
( [(⁽₍︵﹙（]
) [)⁾₎︶﹚）]
* [*﹡＊]
+ [+⁺₊﬩﹢＋]
, [,︐﹐，]
- [\-﹣－]
. [.․﹒．]
/ [/／]
0 [0⁰₀⓪０𝟎𝟘𝟢𝟬𝟶]
1 [1¹₁①１𝟏𝟙𝟣𝟭𝟷]
2 [2²₂②２𝟐𝟚𝟤𝟮𝟸]
3 [3³₃③３𝟑𝟛𝟥𝟯𝟹]
4 [4⁴₄④４𝟒𝟜𝟦𝟰𝟺]
5 [5⁵₅⑤５𝟓𝟝𝟧𝟱𝟻]
6 [6⁶₆⑥６𝟔𝟞𝟨𝟲𝟼]
7 [7⁷₇⑦７𝟕𝟟𝟩𝟳𝟽]
8 [8⁸₈⑧８𝟖𝟠𝟪𝟴𝟾]
9 [9⁹₉⑨９𝟗𝟡𝟫𝟵𝟿]
: [:︓﹕：]
; [;;︔﹔；]
< [<﹤＜]
= [=⁼₌﹦＝]
> [>﹥＞]
? [?︖﹖？]
@ [@﹫＠]
[ [\[﹇［]
\ [\\﹨＼]
] [\]﹈］]
^ [\^＾]
_ [_︳︴﹍﹎﹏＿]
` [``｀]
a [aAªᴬᵃₐⒶⓐＡａ𝐀𝐚𝐴𝑎𝑨𝒂𝒜𝒶𝓐𝓪𝔄𝔞𝔸𝕒𝕬𝖆𝖠𝖺𝗔𝗮𝘈𝘢𝘼𝙖𝙰𝚊🄰]
b [bBᴮᵇℬⒷⓑＢｂ𝐁𝐛𝐵𝑏𝑩𝒃𝒷𝓑𝓫𝔅𝔟𝔹𝕓𝕭𝖇𝖡𝖻𝗕𝗯𝘉𝘣𝘽𝙗𝙱𝚋🄱]
c [cCᶜℂℭⅭⅽⒸⓒＣｃ𝐂𝐜𝐶𝑐𝑪𝒄𝒞𝒸𝓒𝓬𝔠𝕔𝕮𝖈𝖢𝖼𝗖𝗰𝘊𝘤𝘾𝙘𝙲𝚌🄫🄲]
d [dDᴰᵈⅅⅆⅮⅾⒹⓓＤｄ𝐃𝐝𝐷𝑑𝑫𝒅𝒟𝒹𝓓𝓭𝔇𝔡𝔻𝕕𝕯𝖉𝖣𝖽𝗗𝗱𝘋𝘥𝘿𝙙𝙳𝚍🄳]
e [eEᴱᵉₑℯℰⅇⒺⓔＥｅ𝐄𝐞𝐸𝑒𝑬𝒆𝓔𝓮𝔈𝔢𝔼𝕖𝕰𝖊𝖤𝖾𝗘𝗲𝘌𝘦𝙀𝙚𝙴𝚎🄴]
f [fFᶠℱⒻⓕＦｆ𝐅𝐟𝐹𝑓𝑭𝒇𝒻𝓕𝓯𝔉𝔣𝔽𝕗𝕱𝖋𝖥𝖿𝗙𝗳𝘍𝘧𝙁𝙛𝙵𝚏🄵]
g [gGᴳᵍℊⒼⓖＧｇ𝐆𝐠𝐺𝑔𝑮𝒈𝒢𝓖𝓰𝔊𝔤𝔾𝕘𝕲𝖌𝖦𝗀𝗚𝗴𝘎𝘨𝙂𝙜𝙶𝚐🄶]
h [hHʰᴴₕℋℌℍℎⒽⓗＨｈ𝐇𝐡𝐻𝑯𝒉𝒽𝓗𝓱𝔥𝕙𝕳𝖍𝖧𝗁𝗛𝗵𝘏𝘩𝙃𝙝𝙷𝚑🄷]
i [iIᴵᵢⁱℐℑℹⅈⅠⅰⒾⓘＩｉ𝐈𝐢𝐼𝑖𝑰𝒊𝒾𝓘𝓲𝔦𝕀𝕚𝕴𝖎𝖨𝗂𝗜𝗶𝘐𝘪𝙄𝙞𝙸𝚒🄸]
j [jJʲᴶⅉⒿⓙⱼＪｊ𝐉𝐣𝐽𝑗𝑱𝒋𝒥𝒿𝓙𝓳𝔍𝔧𝕁𝕛𝕵𝖏𝖩𝗃𝗝𝗷𝘑𝘫𝙅𝙟𝙹𝚓🄹]
k [kKᴷᵏₖKⓀⓚＫｋ𝐊𝐤𝐾𝑘𝑲𝒌𝒦𝓀𝓚𝓴𝔎𝔨𝕂𝕜𝕶𝖐𝖪𝗄𝗞𝗸𝘒𝘬𝙆𝙠𝙺𝚔🄺]
l [lLˡᴸₗℒℓⅬⅼⓁⓛＬｌ𝐋𝐥𝐿𝑙𝑳𝒍𝓁𝓛𝓵𝔏𝔩𝕃𝕝𝕷𝖑𝖫𝗅𝗟𝗹𝘓𝘭𝙇𝙡𝙻𝚕🄻]
m [mMᴹᵐₘℳⅯⅿⓂⓜＭｍ𝐌𝐦𝑀𝑚𝑴𝒎𝓂𝓜𝓶𝔐𝔪𝕄𝕞𝕸𝖒𝖬𝗆𝗠𝗺𝘔𝘮𝙈𝙢𝙼𝚖🄼]
n [nNᴺⁿₙℕⓃⓝＮｎ𝐍𝐧𝑁𝑛𝑵𝒏𝒩𝓃𝓝𝓷𝔑𝔫𝕟𝕹𝖓𝖭𝗇𝗡𝗻𝘕𝘯𝙉𝙣𝙽𝚗🄽]
o [oOºᴼᵒₒℴⓄⓞＯｏ𝐎𝐨𝑂𝑜𝑶𝒐𝒪𝓞𝓸𝔒𝔬𝕆𝕠𝕺𝖔𝖮𝗈𝗢𝗼𝘖𝘰𝙊𝙤𝙾𝚘🄾]
p [pPᴾᵖₚℙⓅⓟＰｐ𝐏𝐩𝑃𝑝𝑷𝒑𝒫𝓅𝓟𝓹𝔓𝔭𝕡𝕻𝖕𝖯𝗉𝗣𝗽𝘗𝘱𝙋𝙥𝙿𝚙🄿]
q [qQℚⓆⓠＱｑ𐞥𝐐𝐪𝑄𝑞𝑸𝒒𝒬𝓆𝓠𝓺𝔔𝔮𝕢𝕼𝖖𝖰𝗊𝗤𝗾𝘘𝘲𝙌𝙦𝚀𝚚🅀]
r [rRʳᴿᵣℛℜℝⓇⓡＲｒ𝐑𝐫𝑅𝑟𝑹𝒓𝓇𝓡𝓻𝔯𝕣𝕽𝖗𝖱𝗋𝗥𝗿𝘙𝘳𝙍𝙧𝚁𝚛🄬🅁]
s [sSſˢₛⓈⓢＳｓ𝐒𝐬𝑆𝑠𝑺𝒔𝒮𝓈𝓢𝓼𝔖𝔰𝕊𝕤𝕾𝖘𝖲𝗌𝗦𝘀𝘚𝘴𝙎𝙨𝚂𝚜🅂]
t [tTᵀᵗₜⓉⓣＴｔ𝐓𝐭𝑇𝑡𝑻𝒕𝒯𝓉𝓣𝓽𝔗𝔱𝕋𝕥𝕿𝖙𝖳𝗍𝗧𝘁𝘛𝘵𝙏𝙩𝚃𝚝🅃]
u [uUᵁᵘᵤⓊⓤＵｕ𝐔𝐮𝑈𝑢𝑼𝒖𝒰𝓊𝓤𝓾𝔘𝔲𝕌𝕦𝖀𝖚𝖴𝗎𝗨𝘂𝘜𝘶𝙐𝙪𝚄𝚞🅄]
v [vVᵛᵥⅤⅴⓋⓥⱽＶｖ𝐕𝐯𝑉𝑣𝑽𝒗𝒱𝓋𝓥𝓿𝔙𝔳𝕍𝕧𝖁𝖛𝖵𝗏𝗩𝘃𝘝𝘷𝙑𝙫𝚅𝚟🅅]
w [wWʷᵂⓌⓦＷｗ𝐖𝐰𝑊𝑤𝑾𝒘𝒲𝓌𝓦𝔀𝔚𝔴𝕎𝕨𝖂𝖜𝖶𝗐𝗪𝘄𝘞𝘸𝙒𝙬𝚆𝚠🅆]
x [xXˣₓⅩⅹⓍⓧＸｘ𝐗𝐱𝑋𝑥𝑿𝒙𝒳𝓍𝓧𝔁𝔛𝔵𝕏𝕩𝖃𝖝𝖷𝗑𝗫𝘅𝘟𝘹𝙓𝙭𝚇𝚡🅇]
y [yYʸⓎⓨＹｙ𝐘𝐲𝑌𝑦𝒀𝒚𝒴𝓎𝓨𝔂𝔜𝔶𝕐𝕪𝖄𝖞𝖸𝗒𝗬𝘆𝘠𝘺𝙔𝙮𝚈𝚢🅈]
z [zZᶻℤℨⓏⓩＺｚ𝐙𝐳𝑍𝑧𝒁𝒛𝒵𝓏𝓩𝔃𝔷𝕫𝖅𝖟𝖹𝗓𝗭𝘇𝘡𝘻𝙕𝙯𝚉𝚣🅉]
{ [{︷﹛｛]
| [|｜]
} [}︸﹜｝]
~ [~～]
ぁ [ぁァｧ]
あ [あア㋐ｱ]
ぃ [ぃィｨ]
い [いイ㋑ｲ]
ぅ [ぅゥｩ]
う [うウ㋒ｳ]
ぇ [ぇェｪ]
え [えエ㋓ｴ]
ぉ [ぉォｫ]
お [おオ㋔ｵ]
か [かカ㋕ｶ]
が (?:[がガ]|ｶﾞ)
き [きキ㋖ｷ]
ぎ (?:[ぎギ]|ｷﾞ)
く [くク㋗ｸ]
ぐ (?:[ぐグ]|ｸﾞ)
け [けケ㋘ｹ]
げ (?:[げゲ]|ｹﾞ)
こ [こコ㋙ｺ]
ご (?:[ごゴ]|ｺﾞ)
さ [さサ㋚ｻ]
ざ (?:[ざザ]|ｻﾞ)
し [しシ㋛ｼ]
じ (?:[じジ]|ｼﾞ)
す [すス㋜ｽ]
ず (?:[ずズ]|ｽﾞ)
せ [せセ㋝ｾ]
ぜ (?:[ぜゼ]|ｾﾞ)
そ [そソ㋞ｿ]
ぞ (?:[ぞゾ]|ｿﾞ)
た [たタ㋟ﾀ]
だ (?:[だダ]|ﾀﾞ)
ち [ちチ㋠ﾁ]
ぢ (?:[ぢヂ]|ﾁﾞ)
っ [っッｯ]
つ [つツ㋡ﾂ]
づ (?:[づヅ]|ﾂﾞ)
て [てテ㋢ﾃ]
で (?:[でデ]|ﾃﾞ)
と [とト㋣ﾄ]
ど (?:[どド]|ﾄﾞ)
な [なナ㋤ﾅ]
に [にニ㋥ﾆ]
ぬ [ぬヌ㋦ﾇ]
ね [ねネ㋧ﾈ]
の [のノ㋨ﾉ]
は [はハ㋩ﾊ]
ば (?:[ばバ]|ﾊﾞ)
ぱ (?:[ぱパ]|ﾊﾟ)
ひ [ひヒ㋪ﾋ]
び (?:[びビ]|ﾋﾞ)
ぴ (?:[ぴピ]|ﾋﾟ)
ふ [ふフ㋫ﾌ]
ぶ (?:[ぶブ]|ﾌﾞ)
ぷ (?:[ぷプ]|ﾌﾟ)
へ [へヘ㋬ﾍ]
べ (?:[べベ]|ﾍﾞ)
ぺ (?:[ぺペ]|ﾍﾟ)
ほ [ほホ㋭ﾎ]
ぼ (?:[ぼボ]|ﾎﾞ)
ぽ (?:[ぽポ]|ﾎﾟ)
ま [まマ㋮ﾏ]
み [みミ㋯ﾐ]
む [むム㋰ﾑ]
め [めメ㋱ﾒ]
も [もモ㋲ﾓ]
ゃ [ゃャｬ]
や [やヤ㋳ﾔ]
ゅ [ゅュｭ]
ゆ [ゆユ㋴ﾕ]
ょ [ょョｮ]
よ [よヨ㋵ﾖ]
ら [らラ㋶ﾗ]
り [りリ㋷ﾘ]
る [るル㋸ﾙ]
れ [れレ㋹ﾚ]
ろ [ろロ㋺ﾛ]
ゎ [ゎヮ]
わ [わワ㋻ﾜ]
ゐ [ゐヰ㋼]
ゑ [ゑヱ㋽]
を [をヲ㋾ｦ]
ん [んンﾝ]
ゔ (?:[ゔヴ]|ｳﾞ)
ゕ [ゕヵ]
ゖ [ゖヶ]
ー [ーｰ]
、 [、︑﹑､]
。 [。︒｡]
「 [「﹁｢]
」 [」﹂｣]
・ [・･]
', '\n' || regexp_escape(c) || ' (.*)', 1), ''), regexp_escape(c))
), 'string_agg', '');

-- The places (0 to 249) of the pairs of letters, and of the ideographs, of a folded word.
create or replace macro search_places(word) as list_concat(
    list_transform(
        range(1, length(word)),
        lambda i: (unicode(word[i]) * 2654435761 + unicode(word[i + 1]) * 2246822519) % 4294967296 // 256 % 250
    ),
    list_transform(
        list_filter(regexp_extract_all(word, '(?s).'), lambda c: unicode(c) >= 13312),
        lambda c: unicode(c) * 3266489917 % 4294967296 // 256 % 250
    )
);

-- The bits that number `n` (0 or 1) of the signature of a text with all these words must hold.
create or replace macro search_mask(words, n) as coalesce(list_reduce(
    list_transform(
        list_filter(flatten(list_transform(words::varchar[], lambda w: search_places(w))), lambda p: p // 125 = n),
        lambda p: 1::hugeint << (p % 125)::hugeint
    ),
    lambda a, b: a | b,
    0::hugeint
), 0::hugeint);

-- Whether one of the two numbers of a signature lets a text with all these words be; one that is null does.
create or replace macro search_may_hold(bits, words, n) as
    (coalesce(bits, -1::hugeint) & search_mask(words, n)) = search_mask(words, n);

-- The same by the one of the two numbers that says more of these words: DuckDB asks it while it reads, and reads nothing else
-- of rows that it lets go. It does so for one number alone, and a word may have all of its bits in either.
create or replace macro search_first_look(bits_1, bits_2, words) as case
    when bit_count(search_mask(words, 0)) >= bit_count(search_mask(words, 1)) then search_may_hold(bits_1, words, 0)
    else search_may_hold(bits_2, words, 1)
end;

-- Whether a text of usual letters holds the word.
create or replace macro search_finds_usual(said, word) as regexp_matches(said, search_pattern(word));

-- Whether a title or text holds the word; in one of unusual letters (bit 125) in any form. What stands between the two is
-- in no word.
create or replace macro search_finds(title, text, bits_1, word) as case
    when word is null then true
    when (coalesce(bits_1, -1::hugeint) >> 125) & 1 = 0
        then search_finds_usual(concat_ws(chr(31), title, text), word)
    else regexp_matches(nfc_normalize(concat_ws(chr(31), title, text)), search_pattern_of_forms(word))
end;

-- Whether a review holds every one of the words of `search_words` in its title or text; null asks for none. The random
-- number keeps DuckDB from looking into texts before their signatures were asked.
create or replace macro search_holds(title, text, bits_1, bits_2, words) as case
    when words::varchar[] is null then true
    when search_may_hold(bits_1, words, 0) and search_may_hold(bits_2, words, 1) then
        search_finds(title, text, bits_1, (words::varchar[])[1])
        and search_finds(title, text, bits_1, (words::varchar[])[2])
        and search_finds(title, text, bits_1, (words::varchar[])[3])
        and search_finds(title, text, bits_1, (words::varchar[])[4])
        and search_finds(title, text, bits_1, (words::varchar[])[5])
        and search_finds(title, text, bits_1, (words::varchar[])[6])
        and search_finds(title, text, bits_1, (words::varchar[])[7])
        and search_finds(title, text, bits_1, (words::varchar[])[8])
    else random() < 0
end;
